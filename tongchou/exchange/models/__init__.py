"""Tables of the exchange, one module per noun."""

from .cases import Case
from .clients import Client, ClientKey
from .grants import Form, Grant, Purpose
from .history import GrantEvent
from .requests import Request
from .statements import Statement
from .usage import SeenNonce, StandingChange, Usage, UsageAlert

__all__ = [
    "Case", "Client", "ClientKey", "Form", "Grant", "GrantEvent", "Purpose", "Request", "SeenNonce", "StandingChange",
    "Statement", "Usage", "UsageAlert",
]  # fmt: skip
