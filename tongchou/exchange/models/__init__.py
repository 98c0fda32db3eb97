"""Tables of the exchange, one module per noun."""

from .cases import Case
from .clients import Client
from .corrections import Correction
from .explanations import Explanation
from .clients import Client, ClientKey
from .grants import Grant, Purpose
from .own_files import OwnFile
from .requests import Request
from .statements import Statement
from .usage import SeenNonce, StandingChange, Usage, UsageAlert

__all__ = [
    "Case", "Client", "Correction", "Explanation", "Grant", "OwnFile", "Purpose", "Request", "Statement",
    "Case", "Client", "ClientKey", "Grant", "Purpose", "Request", "SeenNonce", "StandingChange",
    "Statement", "Usage", "UsageAlert",
]  # fmt: skip
