"""Tables of the exchange, one module per noun."""

from .aggregates import PrivacyBudget, StatisticsQuestion, StatisticsRule
from .cases import Case
from .clients import Client, ClientKey
from .grants import Grant, Purpose
from .requests import Request
from .statements import Statement
from .usage import SeenNonce, StandingChange, Usage, UsageAlert

__all__ = [
    "Case", "Client", "ClientKey", "Grant", "Purpose", "Request", "SeenNonce", "StandingChange",
    "Statement", "Usage", "UsageAlert",
from .clients import Client
from .exports import Export
from .grants import Grant, Purpose
from .requests import Request
from .statements import Statement
from .subscriptions import Subscription, WebhookDelivery

__all__ = [
    "Case", "Client", "Export", "Grant", "PrivacyBudget", "Purpose", "Request", "Statement", "StatisticsQuestion",
    "StatisticsRule", "Subscription", "WebhookDelivery",
]  # fmt: skip
