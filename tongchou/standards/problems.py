"""The rules a value can fail, each with what happened and what to do next, in both languages.

A rule's code is what quarantine, reports and the reference show; its wording lives only here. A *soft* rule marks
a value worth a second look (a county code this house does not know, a lunar date that was converted): the value
stands, and a row is never set aside for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .errors import HouseError
from .text import Text


@dataclass(frozen=True)
class Rule:
    """One rule. code: "<element>.<what failed>". soft: the value is usable all the same."""

    code: str
    message: Text
    advice: Text
    soft: bool = False


def _rules() -> Iterator[Rule]:
    def hard(code: str, zh: str, en: str, then_zh: str, then_en: str) -> Rule:
        return Rule(code, Text(zh, en), Text(then_zh, then_en))

    def soft(code: str, zh: str, en: str, then_zh: str, then_en: str) -> Rule:
        return Rule(code, Text(zh, en), Text(then_zh, then_en), soft=True)

    compare_zh, compare_en = "请对照证件原件更正。", "Correct it from the document itself."

    yield hard("required.missing", "必填项为空。", "A required value is missing.",
               "请由提供部门补齐后重新报送。", "Have the supplying department fill it in and deliver again.")
    yield hard("key.missing", "主键字段为空，无法识别该行。", "A key field is empty, so the row cannot be identified.",
               "请由提供部门补齐主键后重新报送。", "Have the supplying department fill in the key and deliver again.")
    yield hard("key.repeated", "同一批次内主键重复，内容不同。", "The same key occurs twice in one delivery with different content.",
               "请由提供部门确认以哪一行为准。", "Ask the supplying department which row holds.")
    yield hard("row.too_short", "该行的列数少于表头。", "The row has fewer columns than the heading.",
               "请检查文件是否被截断，或分隔符是否出现在内容中。", "Check whether the file was cut off or a separator stands inside a value.")
    yield hard("row.too_long", "该行的列数多于表头。", "The row has more columns than the heading.",
               "请检查内容中的分隔符是否加了引号。", "Check that values holding the separator are quoted.")
    yield hard("row.encoding", "该行有无法识别的字符编码。", "The row holds bytes that are not in the file's encoding.",
               "请以 UTF-8 或 GB18030 统一编码后重新导出。", "Export again in one encoding, UTF-8 or GB 18030.")

    yield hard("id_number.length", "证件号码位数不对。", "The identity number has the wrong number of characters.",
               "应为 18 位（旧号 15 位）。" + compare_zh, "It should have 18 (an old one 15). " + compare_en)
    yield hard("id_number.characters", "证件号码含有不允许的字符。", "The identity number holds characters it cannot have.",
               compare_zh, compare_en)
    yield hard("id_number.check_character", "公民身份号码校验码不符，至少有一位有误。",
               "The check character of the identity number does not agree: at least one character is wrong.",
               compare_zh, compare_en)
    yield hard("id_number.birth_date", "证件号码中的出生日期不存在。", "The date of birth in the identity number does not exist.",
               compare_zh, compare_en)
    yield hard("id_number.birth_in_future", "证件号码中的出生日期在今天之后。", "The date of birth in the identity number is in the future.",
               compare_zh, compare_en)
    yield hard("id_number.birth_too_early", "证件号码中的出生日期早于 1850 年。", "The date of birth in the identity number is before 1850.",
               compare_zh, compare_en)
    yield hard("id_number.rounded", "证件号码末位变成 0，应是表格软件按数值处理所致。",
               "The end of the identity number has become zeros: a spreadsheet took it for a quantity.",
               "请将该列设为文本格式后从原系统重新导出。", "Make the column text and export again from the source system.")
    yield hard("id_number.scientific", "证件号码成了科学计数法。", "The identity number is in scientific notation.",
               "请将该列设为文本格式后从原系统重新导出。", "Make the column text and export again from the source system.")
    yield hard("id_number.masked", "证件号码已被遮盖。", "The identity number has been masked.",
               "请提供部门报送完整号码，或改用核验方式。", "Have the full number delivered, or use verification instead.")
    yield soft("id_number.placeholder", "证件号码是占位符，按空值处理。", "The identity number is a filler and is taken as absent.",
               "请在原系统中补录真实号码。", "Enter the real number in the source system.")
    yield soft("id_number.county_unknown", "号码前六位不是其出生年份及以后有效的县级代码。",
               "The first six digits are no county code of the year of birth or later.",
               "校验码相符，号码保留；如有疑问请对照证件。", "The check character agrees, so the number stands; if in doubt, see the document.")
    yield soft("id_number.nationality_unknown", "号码中的国籍代码未收录。", "The nationality in the number is not in the list.",
               "号码保留；如有疑问请对照证件。", "The number stands; if in doubt, see the document.")

    yield hard("uscc.length", "统一社会信用代码位数不对。", "The unified social credit code has the wrong number of characters.",
               "应为 18 位，请对照营业执照更正。", "It should have 18; correct it from the licence.")
    yield hard("uscc.characters", "统一社会信用代码含有不允许的字符（不用 I、O、S、V、Z）。",
               "The unified social credit code holds characters it cannot have (I, O, S, V, Z are not used).",
               "请对照营业执照更正，常见错误是把 0 写成 O、1 写成 I。", "Correct it from the licence; O for 0 and I for 1 are the usual slips.")
    yield hard("uscc.check_character", "统一社会信用代码校验码不符。", "The check character of the unified social credit code does not agree.",
               "请对照营业执照更正。", "Correct it from the licence.")
    yield hard("uscc.organisation_code", "其中的组织机构代码（第 9–17 位）校验码不符。",
               "The organisation code inside it (characters 9–17) fails its own check.",
               "请对照营业执照更正。", "Correct it from the licence.")
    yield hard("uscc.scientific", "统一社会信用代码成了科学计数法。", "The unified social credit code is in scientific notation.",
               "请将该列设为文本格式后从原系统重新导出。", "Make the column text and export again from the source system.")
    yield soft("uscc.old_registration_number", "这是换码前的工商注册号，不是统一社会信用代码。",
               "This is a registration number from before the unified codes.",
               "号码保留；请补录统一社会信用代码。", "The number stands; enter the unified code as well.")
    yield soft("uscc.organisation_code_only", "这是组织机构代码，不是统一社会信用代码。", "This is an organisation code, not a unified code.",
               "代码保留；请补录统一社会信用代码。", "The code stands; enter the unified code as well.")
    yield soft("uscc.authority_unknown", "第一、二位不是已知的登记管理部门和机构类别。",
               "The first two characters are no known registering authority and kind of body.",
               "校验码相符，代码保留。", "The check character agrees, so the code stands.")
    yield soft("uscc.placeholder", "统一社会信用代码是占位符，按空值处理。", "The unified code is a filler and is taken as absent.",
               "请在原系统中补录真实代码。", "Enter the real code in the source system.")

    yield hard("organisation_code.form", "组织机构代码格式不对（应为 8 位本体加 1 位校验码）。",
               "This is not an organisation code (eight characters and a check character).", compare_zh, compare_en)
    yield hard("organisation_code.check_character", "组织机构代码校验码不符。", "The check character of the organisation code does not agree.",
               compare_zh, compare_en)
    yield hard("registration_number.form", "工商注册号格式不对（应为 13 或 15 位数字）。",
               "This is not a registration number (13 or 15 digits).", compare_zh, compare_en)
    yield hard("registration_number.check_digit", "工商注册号校验码不符。", "The check digit of the registration number does not agree.",
               compare_zh, compare_en)
    yield hard("passport_number.form", "不是护照或通行证号码的格式。", "This has not the form of a passport or travel permit number.",
               compare_zh, compare_en)
    yield hard("bank_account.form", "银行账号应为 12–30 位数字。", "A bank account has 12 to 30 digits.", compare_zh, compare_en)
    yield hard("bank_card.check_digit", "银行卡号校验码不符。", "The check digit of the bank card does not agree.", compare_zh, compare_en)
    yield hard("disability_certificate.form", "残疾人证号应为身份号码加类别、等级两位（补发再加 B 及次数）。",
               "A disability certificate number is the identity number, the kind and the degree (and B with the count when reissued).",
               compare_zh, compare_en)

    yield hard("date.unreadable", "看不出是什么日期。", "This cannot be read as a date.",
               "请写成 2015-03-07 的样子。", "Write it like 2015-03-07.")
    yield hard("date.impossible", "日期不存在，如 2 月 30 日。", "There is no such day, as with 30 February.",
               "请核对原始材料后更正。", "Correct it from the original paper.")
    yield hard("date.in_future", "日期在今天之后。", "The date is in the future.", "请核对原始材料后更正。", "Correct it from the original paper.")
    yield hard("date.too_early", "日期早于 1850 年。", "The date is before 1850.", "请核对原始材料后更正。", "Correct it from the original paper.")
    yield hard("date.lunar_incomplete", "农历日期须有年、月、日才能换算。", "A lunar date needs year, month and day to be converted.",
               "请补全农历日期或填公历日期。", "Complete it or give the Gregorian date.")
    yield hard("date.lunar_impossible", "农历中没有这一天。", "The lunar calendar has no such day.",
               "请核对月份大小和闰月。", "Check the length of the month and the leap month.")
    yield soft("date.lunar_converted", "农历日期已换算为公历。", "A lunar date was converted to the Gregorian calendar.",
               "如证件为公历，请核对。", "If the document is Gregorian, compare.")
    yield soft("date.ambiguous", "日期有两种读法，按约定读取（日在前，或年在前）。",
               "The date can be read in two ways; the agreed one was taken (day first, or year first).",
               "请让原系统导出四位年份在前的日期。", "Have the source system export four-digit years first.")
    yield soft("date.placeholder", "日期是占位符，按空值处理。", "The date is a filler and is taken as absent.",
               "请在原系统中补录。", "Enter the date in the source system.")
    yield hard("month.missing", "只有年份，没有月份。", "There is a year but no month.", "请补上月份。", "Add the month.")
    yield hard("time.unreadable", "看不出是什么时间。", "This cannot be read as a time.",
               "请写成 2015-03-07 12:30:00 的样子。", "Write it like 2015-03-07 12:30:00.")

    yield hard("person_name.characters", "姓名含有数字或符号。", "The name holds digits or marks.", compare_zh, compare_en)
    yield hard("person_name.masked", "姓名已被遮盖。", "The name has been masked.", "请提供部门报送完整姓名。", "Have the full name delivered.")
    yield hard("person_name.illegible", "姓名中有未能显示的字（□、？）。", "A character of the name was lost (□, ?).",
               "请核对生僻字的编码，按 GB 18030 导出。", "Check the encoding of rare characters; export as GB 18030.")
    yield hard("person_name.too_short", "姓名只有一个字。", "The name has only one character.", compare_zh, compare_en)
    yield hard("person_name.incomplete", "只有姓氏和称呼，或姓名不明。", "Only a surname with a title, or a name not known.",
               "请填证件上的全名。", "Give the full name of the document.")
    yield hard("person_name.too_long", "姓名过长，可能并入了其他内容。", "The name is too long; something else may have been joined to it.",
               compare_zh, compare_en)
    yield soft("person_name.private_character", "姓名含造字区字符，别处无法显示。",
               "The name holds a private-use character that no other system can show.",
               "请换成 GB 18030 中的正式字。", "Replace it by the character of GB 18030.")
    yield hard("organisation_name.characters", "单位名称没有文字。", "The name of the organisation has no letters.",
               "请对照营业执照更正。", "Correct it from the licence.")

    yield hard("phone.unreadable", "不是电话号码。", "This is not a phone number.", "请核对后更正。", "Check and correct it.")
    yield hard("phone.length", "电话号码位数不对。", "The phone number has the wrong number of digits.",
               "手机应为 11 位，固定电话为区号加 7 或 8 位。", "A mobile has 11 digits; a landline 7 or 8 after its area code.")
    yield hard("phone.prefix", "没有这样的号段或区号。", "There is no such number range or area code.", "请核对后更正。", "Check and correct it.")
    yield hard("phone.not_mobile", "不是手机号码。", "This is not a mobile number.", "请填手机号码。", "Give a mobile number.")
    yield hard("phone.scientific", "电话号码成了科学计数法。", "The phone number is in scientific notation.",
               "请将该列设为文本格式后重新导出。", "Make the column text and export again.")
    yield hard("phone.masked", "电话号码已被遮盖。", "The phone number has been masked.", "请提供部门报送完整号码。", "Have the full number delivered.")
    yield soft("phone.placeholder", "电话号码是占位符，按空值处理。", "The phone number is a filler and is taken as absent.",
               "请在原系统中补录。", "Enter the real number in the source system.")
    yield hard("email.form", "不是电子邮箱地址。", "This is not an e-mail address.", "请核对后更正。", "Check and correct it.")
    yield hard("url.form", "不是网址。", "This is not a web address.", "网址以 http:// 或 https:// 开头。", "It begins with http:// or https://.")
    yield hard("postcode.form", "邮政编码应为 6 位数字。", "A postcode has six digits.", "请核对后更正。", "Check and correct it.")
    yield hard("vehicle_plate.form", "不是机动车号牌的格式。", "This has not the form of a vehicle plate.",
               "请对照行驶证更正。", "Correct it from the vehicle licence.")
    yield hard("vin.form", "车辆识别代号应为 17 位，不用 I、O、Q。", "A vehicle identification number has 17 characters without I, O, Q.",
               "请对照行驶证更正。", "Correct it from the vehicle licence.")

    yield hard("address.unreadable", "地址中没有可用的地名或门牌。", "The address names no place or number.",
               "请补全到道路门牌或村居。", "Give the road and number, or the village.")
    yield hard("division_code.form", "行政区划代码应为 6、9 或 12 位数字。", "A division code has 6, 9 or 12 digits.",
               "请对照行政区划代码表更正。", "Correct it from the table of division codes.")
    yield soft("division_code.unknown", "行政区划代码未收录。", "The division code is not in the table.",
               "代码保留；请核对行政区划代码表。", "The code stands; check the table of division codes.")
    yield hard("coordinate.unreadable", "不是经纬度。", "This is not a longitude or latitude.",
               "请写成十进制度数，如 113.1224。", "Write decimal degrees, like 113.1224.")
    yield hard("coordinate.range", "经纬度超出范围。", "The coordinate is out of range.",
               "经度在 ±180、纬度在 ±90 之内；请检查是否写反。", "Longitude lies within ±180, latitude within ±90; they may be swapped.")
    yield soft("coordinate.outside_china", "坐标在中国范围之外。", "The coordinate lies outside China.",
               "请检查经纬度是否写反。", "Check whether longitude and latitude are swapped.")

    yield hard("code.unknown", "不在代码表中。", "The value is not in the code list.",
               "请按代码表填写，或在资源包中补充写法。", "Use the code list, or add the wording to the pack.")
    yield hard("code.characters", "代码含有换行等不允许的字符。", "The code holds line breaks or the like.", "请核对后更正。", "Check and correct it.")
    yield hard("number.unreadable", "不是数字。", "This is not a number.", "请只填数字。", "Give digits only.")
    yield hard("number.not_whole", "应为整数。", "It should be a whole number.", "请核对后更正。", "Check and correct it.")
    yield hard("number.range", "数值超出范围。", "The number is out of range.", "请核对后更正。", "Check and correct it.")
    yield hard("number.lost_digits", "大数成了科学计数法，尾数可能丢失。", "A large number is in scientific notation; its last digits may be lost.",
               "请将该列设为文本格式后重新导出。", "Make the column text and export again.")
    yield hard("amount.unreadable", "看不出金额。", "This cannot be read as an amount.", "请填数字，单位为元。", "Give digits, in yuan.")
    yield hard("amount.currency", "金额不是人民币。", "The amount is not in yuan.", "请折算为人民币后填写。", "Convert it to yuan.")
    yield hard("yes_no.unreadable", "看不出是或否。", "This is neither yes nor no.", "请填“是”或“否”。", "Give 是 (yes) or 否 (no).")
    yield hard("text.broken", "文字编码已损坏。", "The text was broken by a wrong encoding.",
               "请以 UTF-8 或 GB18030 重新导出。", "Export again as UTF-8 or GB 18030.")


RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _rules()})
"""Every rule by its code."""


def rule(code: str) -> Rule:
    """The rule with this code. Raises HouseError "standards.unknown_rule"."""
    found = RULES.get(code)
    if found is None:
        raise HouseError("standards.unknown_rule", Text("没有这条规则。", "There is no such rule."),
                         Text("规则见参考手册。", "See the reference of rules."), code)
    return found


def is_soft(code: str | None) -> bool:
    """Whether the value stands although it failed this rule; None (no failure) is soft."""
    return code is None or RULES[code].soft


class InvalidValue(HouseError):
    """A value that fails a rule. It never holds the value itself, nor does its text.

    rule: the rule's code, which is also the error's code.
    """

    def __init__(self, rule_code: str) -> None:
        self.rule = rule_code
        failed = rule(rule_code)
        super().__init__(rule_code, failed.message, failed.advice)


class InvalidIdentifier(InvalidValue):
    """An identifier (number, code, plate) that fails a rule."""


def reference_rows() -> list[dict[str, str]]:
    """Every rule as a row for the printed reference."""
    return [
        {
            "code": each.code,
            "soft": "yes" if each.soft else "",
            "message_zh": each.message.zh,
            "message_en": each.message.en,
            "advice_zh": each.advice.zh,
            "advice_en": each.advice.en,
        }
        for each in RULES.values()
    ]
