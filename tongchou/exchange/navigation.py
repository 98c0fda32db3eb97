"""The exchange's places in the navigation."""

from __future__ import annotations

from tongchou.standards.text import Text
from tongchou.web.navigation import NavigationEntry

ENTRIES = [
    NavigationEntry(Text("查档案", "Look up"), "search", "exchange:search", "dossier.search", 10),
    NavigationEntry(
        Text("关联判定", "Judge links"), "git-compare", "exchange:pairs", "links.review", 40, group="data"
    ),
    NavigationEntry(
        Text("关联质量", "Link quality"), "chart-bar", "exchange:quality", "links.review", 41, group="data"
    ),
    NavigationEntry(
        Text("部门数据不一致", "Disagreements"),
        "scale",
        "exchange:disagreements",
        "corrections.review",
        42,
        group="data",
    ),
    NavigationEntry(Text("谁看过", "Who looked"), "eye-check", "exchange:my_accesses", "mydata.view", 5),
    NavigationEntry(Text("我的数据", "My data"), "id", "exchange:my_data", "mydata.view", 6),
    NavigationEntry(Text("校核与说明", "My requests"), "message", "exchange:my_matters", "mydata.view", 7),
    NavigationEntry(
        Text("校核", "Corrections"),
        "clipboard-check",
        "exchange:corrections",
        "corrections.view",
        42,
        group="work",
    ),
    NavigationEntry(
        Text("说明", "Explanations"),
        "message",
        "exchange:explanations",
        "explanations.view",
        44,
        group="work",
    ),
    NavigationEntry(Text("事由", "Cases"), "briefcase", "exchange:cases", "cases.view", 46, group="work"),
    NavigationEntry(
        Text("开通本人数据", "Join accounts"),
        "user-check",
        "exchange:own_files",
        "mydata.bind",
        48,
        group="work",
    ),
    NavigationEntry(
        Text("共享申请", "Requests"),
        "heart-handshake",
        "exchange:requests",
        "requests.view",
        48,
        group="share",
    ),
    NavigationEntry(Text("授权", "Grants"), "key", "exchange:grants", "grants.view", 50, group="share"),
    NavigationEntry(
        Text("接入系统", "Clients"), "affiliate", "exchange:clients", "clients.view", 52, group="share"
    ),
    NavigationEntry(
        Text("核验陈述", "Statements"), "checklist", "exchange:statements", "grants.view", 54, group="share"
    ),
    NavigationEntry(
        Text("使用异常", "Unusual use"), "alert-triangle", "exchange:alerts", "grants.view", 56, group="trust"
    ),
    NavigationEntry(
        Text("贡献账", "Balance"), "scale", "exchange:balances", "catalogue.view", 55, group="share"
    ),
    NavigationEntry(
        Text("批量导出", "Exports"),
        "database-export",
        "exchange:exports",
        "exchange.export",
        52,
        group="share",
    ),
    NavigationEntry(
        Text("历史查询", "Tables as they were"),
        "history",
        "exchange:history",
        "exchange.export",
        53,
        group="share",
    ),
    NavigationEntry(
        Text("订阅", "Subscriptions"),
        "bell",
        "exchange:subscriptions",
        "exchange.subscribe",
        54,
        group="share",
    ),
    NavigationEntry(
        Text("统计查询", "Statistics"),
        "chart-bar",
        "exchange:statistics",
        "exchange.aggregate",
        56,
        group="share",
    ),
    NavigationEntry(
        Text("追查外泄", "Trace a leak"), "fingerprint", "exchange:leak", "ledger.audit", 62, group="trust"
    ),
    NavigationEntry(
        Text("存证账本", "Ledger"), "receipt-2", "exchange:ledger", "ledger.view", 60, group="trust"
    ),
]
