"""The exchange's places in the navigation."""

from __future__ import annotations

from tongchou.standards.text import Text
from tongchou.web.navigation import NavigationEntry

ENTRIES = [
    NavigationEntry(Text("查档案", "Look up"), "search", "exchange:search", "dossier.search", 10),
    NavigationEntry(Text("关联判定", "Judge links"), "git-compare", "exchange:pairs", "links.review", 40),
    NavigationEntry(Text("授权", "Grants"), "key", "exchange:grants", "grants.view", 50),
    NavigationEntry(Text("贡献账", "Balance"), "scale", "exchange:balances", "catalogue.view", 55),
    NavigationEntry(Text("存证账本", "Ledger"), "receipt-2", "exchange:ledger", "ledger.view", 60),
]
