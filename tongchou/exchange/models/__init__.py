"""Tables of the exchange, one module per noun."""

from .cases import Case
from .clients import Client
from .grants import Grant, Purpose
from .requests import Request
from .statements import Statement

__all__ = ["Case", "Client", "Grant", "Purpose", "Request", "Statement"]
