"""Tables of the exchange, one module per noun."""

from .cases import Case
from .clients import Client
from .grants import Form, Grant, Purpose
from .history import GrantEvent
from .clients import Client, ClientKey
from .grants import Grant, Purpose
from .requests import Request
from .statements import Statement
from .usage import SeenNonce, StandingChange, Usage, UsageAlert

__all__ = ["Case", "Client", "Form", "Grant", "GrantEvent", "Purpose", "Request", "Statement"]
__all__ = [
    "Case", "Client", "ClientKey", "Grant", "Purpose", "Request", "SeenNonce", "StandingChange",
    "Statement", "Usage", "UsageAlert",
]  # fmt: skip
