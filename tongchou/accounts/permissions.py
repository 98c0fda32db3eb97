"""Every permission there is. Roles (data, in packs) hold some of them; views and actions ask for one."""

from __future__ import annotations

from tongchou.standards.text import Text

PERMISSIONS: dict[str, Text] = {
    "desk.open": Text("打开工作台", "Open a desk"),
    "catalogue.view": Text("查看资源目录", "See the catalogue"),
    "catalogue.edit": Text("维护资源目录", "Edit the catalogue"),
    "catalogue.register": Text("登记本部门资源与清单", "Register own resources and lists"),
    "gather.view": Text("查看归集批次", "See deliveries"),
    "gather.run": Text("发起归集", "Start deliveries"),
    "gather.quarantine": Text("处理问题数据", "Handle quarantined rows"),
    "links.review": Text("查看待判关联", "See links to judge"),
    "links.judge": Text("判定关联", "Judge links"),
    "dossier.search": Text("查找主体", "Search for subjects"),
    "dossier.read": Text("查看档案", "Open dossiers"),
    "dossier.reveal": Text("显示脱敏值", "Reveal masked values"),
    "ledger.view": Text("查看存证账本", "See the ledger"),
    "ledger.audit": Text("审计存证账本", "Audit the ledger"),
    "grants.view": Text("查看授权", "See grants"),
    "grants.manage": Text("管理授权", "Manage grants"),
    "accounts.manage": Text("管理机构与人员", "Manage organisations and people"),
    "packs.apply": Text("装载数据包", "Apply packs"),
    "api.use": Text("使用接口", "Use the API"),
}
