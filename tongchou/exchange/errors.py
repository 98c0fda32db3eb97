"""Refusals of the exchange, each with what to do about it. None of them holds a personal value."""

from __future__ import annotations

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text


class Refused(HouseError):
    """The exchange does not answer: no grant, wrong purpose, a field not granted."""


class NotFound(HouseError):
    """There is no such subject, record or field, or none that may be told of."""


def no_grant() -> Refused:
    return Refused(
        "exchange.refused.no_grant",
        Text("您的机构和角色没有有效的授权。", "Your organisation and role hold no live grant."),
        Text("请本单位数据员向提供部门申请共享。", "Have your data officer ask the supplying department."),
    )


def wrong_purpose() -> Refused:
    return Refused(
        "exchange.refused.wrong_purpose",
        Text("现有授权不允许用于这一用途。", "Your grants are not good for this purpose."),
        Text(
            "请选择授权所列的用途；确需此用途的，请本单位数据员申请。",
            "Choose a purpose your grants name; if you need this one, have your data officer ask for it.",
        ),
    )


def wrong_form(form: str) -> Refused:
    return Refused(
        "exchange.refused.wrong_form",
        Text("现有授权不允许以这种方式使用。", "Your grants do not allow this form of use."),
        Text(
            "请使用授权所列的方式；确需此方式的，请本单位数据员申请。",
            "Use a form your grants name; if you need this one, have your data officer ask for it.",
        ),
        form,
    )


def purpose_missing() -> Refused:
    return Refused(
        "exchange.purpose_missing",
        Text(
            "没有说明用途，或该用途不存在、已停用。",
            "No purpose was given, or it is unknown or no longer used.",
        ),
        Text("请先选择用途。", "Choose a purpose first."),
    )


def bad_case_reference() -> Refused:
    return Refused(
        "exchange.case_reference",
        Text("办件编号只能由字母、数字和 - _ / . # 〔〕( ) 号 第 字 组成，至多 40 个字符，不能是证件号或电话号码。",
             "A case reference holds letters, digits and - _ / . # ( ) only, at most 40 characters, and is no identity "
             "or phone number."),
        Text("请填写业务系统的编号，不要填写姓名或号码；没有编号可以留空。",
             "Give the number of the case, no name; leave it empty when there is none."),
    )  # fmt: skip


def case_needed(where: str = "") -> Refused:
    return Refused(
        "exchange.refused.case_needed",
        Text("此授权须有事由：没有本机构为这个主体登记、正在办理的事由。",
             "This grant demands a case: your organisation has no open case about this subject."),
        Text("请先为该主体登记事由，或填写本机构正在办理的事由号；已办结、已到期和其他主体的事由无效。",
             "Open a case about this subject, or name one of yours; closed and expired cases, and those about others, "
             "do not count."),
        where,
    )  # fmt: skip


def subject_unknown(where: str = "") -> NotFound:
    return NotFound(
        "exchange.no_subject",
        Text("没有这个主体。", "There is no such subject."),
        Text("请重新查找。", "Search again."),
        where,
    )


def no_document(where: str) -> NotFound:
    return NotFound(
        "exchange.document_not_found",
        Text("这一项没有可打开的文件。", "This field has no document to open."),
        Text(
            "请重新打开档案，看该项是否有文件。", "Open the dossier again and see whether the field has one."
        ),
        where,
    )


def not_granted(where: str) -> Refused:
    return Refused(
        "exchange.refused.not_granted",
        Text("授权不包含此项。", "Your grants do not cover this."),
        Text(
            "请本单位数据员向提供部门申请该字段。",
            "Have your data officer ask the supplying department for it.",
        ),
        where,
    )


def not_revealable(where: str) -> Refused:
    return Refused(
        "exchange.refused.masked_only",
        Text("授权只允许查看脱敏后的值。", "Your grant shows this value masked only."),
        Text(
            "确需原值的，请本单位数据员申请“可显示”。",
            "If you need it plain, have your data officer ask for that.",
        ),
        where,
    )


def query_unreadable() -> HouseError:
    return HouseError(
        "exchange.query_unreadable",
        Text("看不懂要查什么。", "It is not clear what to look for."),
        Text("请输入证件号、统一社会信用代码、电话，或至少两个字的姓名、企业名称、地址，也可用拼音或首字母。",
             "Type a number, a phone, or at least two characters of a name, a company or an address; pinyin and initials do."),
    )  # fmt: skip


def too_many_found() -> Refused:
    return Refused(
        "exchange.too_wide",
        Text("符合的主体太多。", "Too many subjects match."),
        Text("请改用证件号，或补充条件。", "Use an identity number, or say more."),
    )


def unauthorised() -> Refused:
    """One answer for every bad signature, whatever is wrong with it, so that it tells nothing of what exists."""
    return Refused(
        "exchange.gateway.unauthorised",
        Text("签名未被接受。", "The signature is not accepted."),
        Text(
            "请核对密钥、时钟、摘要和签名内容；每个请求须使用新的随机数。详见网关使用说明。",
            "Check key, clock, digest and what is signed; each request needs a new nonce. See the gateway's how-to.",
        ),
    )


def quota_spent(grant: str) -> Refused:
    return Refused(
        "exchange.refused.quota",
        Text("今日限额已用完。", "Today's quota is used up."),
        Text(
            "请明日再用；确需更多的，请本单位数据员申请调整。",
            "Go on tomorrow; if you need more, have your data officer ask for it.",
        ),
        grant,
    )


def probed() -> Refused:
    return Refused(
        "exchange.refused.probed",
        Text(
            "今日已多次以不同参数核验同一主体的同一陈述。",
            "The statement was verified about this subject with other parameters often enough today.",
        ),
        Text(
            "核验不用于逼近原值；确需原值的，请申请查询。",
            "Verifying is not for closing in on a value; ask for query.",
        ),
    )


class Paused(Refused):
    """Too many unknown subjects were asked for. wait_s: seconds until the next question is answered."""

    wait_s = 0


def paused(wait_s: int) -> Paused:
    refused = Paused(
        "exchange.refused.paused",
        Text(
            "查无此人的次数过多，已暂停应答。",
            "Too many unknown subjects were asked for: answering is paused.",
        ),
        Text(
            f"请在 {wait_s} 秒后重试，并核对号码来源；提供部门已收到提示。",
            f"Try again in {wait_s} s and check where the numbers come from; the providers were told.",
        ),
    )
    refused.wait_s = wait_s
    return refused


def bad_parameters(names: list[str]) -> HouseError:
    return HouseError(
        "exchange.parameters",
        Text(
            "陈述的参数缺少、多余或无法识别。",
            "Parameters of the statement are missing, surplus or unreadable.",
        ),
        Text("请对照该陈述声明的参数。", "Compare them with those the statement declares."),
        ", ".join(names),
    )


def statement_not_granted() -> Refused:
    """The same whether the statement exists or not."""
    return Refused(
        "exchange.refused.statement",
        Text("授权不包含该核验陈述。", "Your grants do not cover this statement."),
        Text("请本单位数据员向提供部门申请。", "Have your data officer ask the supplying department."),
    )


def statement_unusable(code: str) -> HouseError:
    return HouseError(
        "exchange.statement_unusable",
        Text(
            "该核验陈述的条件与资源现有字段不符。",
            "The statement's condition no longer fits its resource's fields.",
        ),
        Text("请统筹局修订该陈述。", "Have the bureau revise the statement."),
        code,
    )


def ambiguous() -> Refused:
    return Refused(
        "exchange.ambiguous",
        Text("符合的主体不止一个。", "More than one subject fits."),
        Text("请改用证件号或主体号。", "Use an identity number or a subject id."),
    )
