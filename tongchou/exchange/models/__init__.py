"""Tables of the exchange, one module per noun."""

from .balances import AccessTally, Balance, BalanceState
from .cases import Case
from .clients import Client
from .grants import Grant, Purpose
from .requests import Request
from .statements import Statement

__all__ = [
    "AccessTally",
    "Balance",
    "BalanceState",
    "Case",
    "Client",
    "Grant",
    "Purpose",
    "Request",
    "Statement",
]
