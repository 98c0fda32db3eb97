"""Every permission there is. Roles (data, in packs) hold some of them; views and actions ask for one."""

from __future__ import annotations

from tongchou.standards.text import Text

PERMISSIONS: dict[str, Text] = {
    "desk.open": Text("打开工作台", "Open a desk"),
    "catalogue.view": Text("查看资源目录", "See the catalogue"),
    "catalogue.edit": Text("维护资源目录", "Edit the catalogue"),
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
    "flows.follow": Text("查看流转", "Follow matters on their way"),
    "flows.oversee": Text("查看全部流转", "Oversee all matters on their way"),
    "flows.view": Text("查看流程", "See flows"),
    "flows.edit": Text("编写流程", "Edit flows"),
    "flows.publish": Text("发布流程", "Publish flows"),
    "accounts.manage": Text("管理机构与人员", "Manage organisations and people"),
    "packs.apply": Text("装载数据包", "Apply packs"),
    "api.use": Text("使用接口", "Use the API"),
    "cases.view": Text("查看事由", "See cases"),
    "cases.open": Text("登记事由", "Open cases"),
    "cases.watch": Text("查看异常事由", "Watch unusual cases"),
    "mydata.view": Text("查看本人数据", "See one's own data"),
    "mydata.bind": Text("核验身份并开通本人数据", "Bind accounts to persons"),
    "corrections.report": Text("提出校核", "Report wrong values"),
    "corrections.view": Text("查看校核", "See corrections"),
    "corrections.decide": Text("办理校核", "Decide corrections"),
    "corrections.review": Text("复核校核", "Review corrections"),
    "explanations.view": Text("查看说明请求", "See requests for explanation"),
    "explanations.answer": Text("答复说明请求", "Answer requests for explanation"),
    "explanations.escalated": Text("答复升级的说明请求", "Answer escalated requests for explanation"),
}
