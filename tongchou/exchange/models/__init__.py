"""Tables of the exchange, one module per noun."""

from .cases import Case
from .clients import Client
from .grants import Form, Grant, Purpose
from .history import GrantEvent
from .requests import Request
from .statements import Statement

__all__ = ["Case", "Client", "Form", "Grant", "GrantEvent", "Purpose", "Request", "Statement"]
