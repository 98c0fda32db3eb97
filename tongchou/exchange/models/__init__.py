"""Tables of the exchange, one module per noun."""

from .aggregates import PrivacyBudget as PrivacyBudget
from .aggregates import StatisticsQuestion as StatisticsQuestion
from .aggregates import StatisticsRule as StatisticsRule
from .balances import AccessTally as AccessTally
from .balances import Balance as Balance
from .balances import BalanceState as BalanceState
from .cases import Case as Case
from .clients import Client as Client
from .clients import ClientKey as ClientKey
from .corrections import Correction as Correction
from .erased_rows import ErasedRow as ErasedRow
from .explanations import Explanation as Explanation
from .exports import Export as Export
from .grants import Form as Form
from .grants import Grant as Grant
from .grants import Purpose as Purpose
from .history import GrantEvent as GrantEvent
from .own_files import OwnFile as OwnFile
from .requests import Request as Request
from .statements import Statement as Statement
from .subscriptions import Subscription as Subscription
from .subscriptions import WebhookDelivery as WebhookDelivery
from .usage import SeenNonce as SeenNonce
from .usage import StandingChange as StandingChange
from .usage import Usage as Usage
from .usage import UsageAlert as UsageAlert
