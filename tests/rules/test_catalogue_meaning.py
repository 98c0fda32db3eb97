"""What labels mean, and which of them are one fact: true re-collection, and look-alikes that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.catalogue import meaning, rules
from tongchou.catalogue.meaning import Item
from tongchou.catalogue.rules import Held
from tongchou.standards.elements import ELEMENTS
from tongchou.standards.text import Text


def item(label: str, element: str = "", subject: str = "person", about: str = "某表", role: str = "") -> Item:
    return Item(Text(label, label), element, subject, about, role)


def held(
    label: str,
    element: str,
    *,
    about: str,
    subject: str = "person",
    code: str = "",
    role: str = "",
    **more: object,
) -> Held:
    return Held(
        resource=code or f"x.{about}", field=label, item=item(label, element, subject, about, role),
        organisation=str(more.get("organisation", "x")), share_class=str(more.get("share_class", "conditional")),
        answerable=bool(more.get("answerable", False)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("label", "element"),
    [
        ("身份证号码", "id_number"), ("监护人手机", "phone"), ("企业联系电话", "phone"), ("现住址", "address"),
        ("户籍地址", "address"), ("出生年月", "birth_date"), ("文化程度", "education"), ("学生姓名", "person_name"),
        ("法定代表人", "person_name"), ("统一社会信用代码", "uscc"), ("毕业院校", "organisation_name"),
        ("工作单位", "organisation_name"), ("车牌号", "vehicle_plate"), ("是否独生子女", "yes_no"),
        ("入学日期", "date"), ("月工资", "amount_yuan"), ("申请理由", "text"), ("Date of birth", "birth_date"),
        ("Mobile phone", "phone"), ("1. 姓名：", "person_name"),
    ],
)  # fmt: skip
def test_a_label_proposes_its_element(label: str, element: str) -> None:
    assert meaning.element_of(label) == element


POPULATION = [
    held("出生日期", "birth_date", about="户籍人口", code="ps.residents"),
    held("户籍地址", "address", about="户籍人口", code="ps.residents"),
    held("民族", "ethnicity", about="户籍人口", code="ps.residents"),
    held("公民身份号码", "id_number", about="户籍人口", code="ps.residents"),
    held("姓名", "person_name", about="户籍人口", code="ps.residents"),
    held("联系电话", "phone", about="户籍人口", code="ps.residents"),
    held("监护人", "person_name", about="在校学生", code="edu.pupils", role="guardian_name"),
    held("监护人电话", "phone", about="在校学生", code="edu.pupils", role="phone"),
    held("学校", "text", about="在校学生", code="edu.pupils"),
    held("入学年月", "month", about="在校学生", code="edu.pupils"),
    held("母亲姓名", "person_name", about="出生医学证明", code="health.births", role="guardian_name"),
    held("地址", "address", about="学校名录", code="edu.schools", subject="none"),
    held("学校名称", "organisation_name", about="学校名录", code="edu.schools", subject="none"),
    held("住所", "address", about="企业登记", code="market.enterprises", subject="enterprise"),
    held("法定代表人", "person_name", about="企业登记", code="market.enterprises", subject="enterprise",
         role="legal_representative"),
    held("成立日期", "date", about="企业登记", code="market.enterprises", subject="enterprise"),
    held("登记日期", "date", about="税务登记", code="tax.taxpayers", subject="enterprise"),
    held("注册资本（万元）", "decimal", about="企业登记", code="market.enterprises", subject="enterprise"),
    held("登记日期", "date", about="婚姻登记", code="civil.marriages"),
    held("签发日期", "date", about="流动人口居住证", code="ps.migrants"),
    held("状态", "text", about="机动车", code="vehicle.vehicles"),
    held("编号", "identifier", about="户籍人口", code="ps.residents"),
    held("缴费基数", "amount_yuan", about="社保缴费明细", code="hrss.contributions"),
    held("累计缴费月数", "integer", about="社保参保人员", code="hrss.insured"),
    held("单位名称", "organisation_name", about="社保参保人员", code="hrss.insured", role="none"),
    held("死亡日期", "date", about="死亡医学证明", code="health.deaths"),
    held("坐落", "address", about="不动产权", code="land.property", role="none"),
    held("建筑面积（平方米）", "decimal", about="不动产权", code="land.property"),
]  # fmt: skip


def found(label: str, subject: str = "person", about: str = "入学报名表", element: str = "") -> list[str]:
    (hits,) = rules.matches([item("姓名"), item(label, element, subject, about)], POPULATION)[1:]
    return [f"{hit.held.resource}.{hit.held.field}:{hit.strength}" for hit in hits]


@pytest.mark.parametrize(
    ("label", "where"),
    [
        ("出生年月", "ps.residents.出生日期:same"),
        ("出生日期（阳历）", "ps.residents.出生日期:same"),
        ("户口所在地", "ps.residents.户籍地址:same"),
        ("民  族", "ps.residents.民族:same"),
        ("家长姓名", "edu.pupils.监护人:same"),
        ("监护人手机号码", "edu.pupils.监护人电话:same"),
        ("母亲姓名", "health.births.母亲姓名:same"),
        ("就读学校", "edu.pupils.学校:same"),
        ("入学年月", "edu.pupils.入学年月:same"),
        ("手机", "ps.residents.联系电话:same"),
        ("累计缴费月数", "hrss.insured.累计缴费月数:same"),
        ("养老保险缴费基数", "hrss.contributions.缴费基数:likely"),
        ("工作单位", "hrss.insured.单位名称:same"),
        ("死亡时间", "health.deaths.死亡日期:same"),
        ("学校地址", "edu.schools.地址:same"),
        ("地址", "ps.residents.户籍地址:likely"),
        ("年龄", "ps.residents.出生日期:likely"),
        ("居住证签发日期", "ps.migrants.签发日期:likely"),
        ("房屋坐落", "land.property.坐落:same"),
    ],
)
def test_what_is_held_already_is_found(label: str, where: str) -> None:
    assert where in found(label)


@pytest.mark.parametrize(
    "label",
    [
        "监护人出生日期",  # the child's is held, not the guardian's
        "母亲出生日期", "配偶户籍地址", "现住址",  # the registered address is another one
        "毕业院校",  # not the school they attend
        "签发日期", "状态", "编号", "备注", "日期",  # every document has them
        "登记日期", "紧急联系人电话", "班主任姓名", "离婚日期", "用地面积", "兴趣爱好", "过敏史", "房东姓名", "意向学校",
    ],
)  # fmt: skip
def test_look_alikes_are_none(label: str) -> None:
    assert [each for each in found(label) if each.endswith((":same", ":likely"))] == []


def test_a_school_s_address_is_not_a_person_s() -> None:
    assert all("edu.schools" not in each for each in found("家庭地址") + found("地址"))
    assert found("学校地址") == ["edu.schools.地址:same"]


def test_the_same_words_of_another_kind_of_subject_are_another_fact() -> None:
    assert found("登记日期", subject="enterprise", about="税务登记表") == ["tax.taxpayers.登记日期:same"]
    assert found("登记日期", subject="enterprise", about="食品经营许可申请") == []
    assert found("注册地址", subject="enterprise") == ["market.enterprises.住所:same"]
    assert found("实缴资本", subject="enterprise") == []
    assert found("注册资本", subject="enterprise") == ["market.enterprises.注册资本（万元）:same"]
    assert found("负责人姓名", subject="enterprise") == ["market.enterprises.法定代表人:same"]


def test_what_tells_who_it_is_may_be_asked() -> None:
    assert found("身份证号") == ["ps.residents.公民身份号码:identify"]
    assert rules.must_be_justified(rules.matches([item("姓名"), item("身份证号")], POPULATION)) == []


def test_a_form_about_newborns_is_about_the_child() -> None:
    labels = ["新生儿姓名", "新生儿出生日期", "母亲姓名", "母亲出生日期"]
    facts = meaning.readings([item(label) for label in labels])
    assert [fact.bearer for fact in facts] == ["self", "self", "mother", "mother"]
    # Beside the plain name of an applicant the child is somebody else.
    facts = meaning.readings([item(label) for label in ("姓名", "子女姓名", "子女出生日期")])
    assert [fact.bearer for fact in facts] == ["self", "child", "child"]


def test_the_answerable_source_is_named_first() -> None:
    sources = [
        held("出生日期", "birth_date", about="甲", code="a.a"),
        held("出生日期", "birth_date", about="乙", code="z.z", answerable=True),
    ]
    ((first, second),) = rules.matches([item("出生日期")], sources)
    assert (first.held.resource, second.held.resource) == ("z.z", "a.a")
    assert rules.matches([item("出生日期")], sources, besides={"z.z", "a.a"}) == [[]]


@pytest.mark.parametrize(
    ("labels", "subject"),
    [
        (["姓名", "身份证号", "住址"], "person"),
        (["企业名称", "统一社会信用代码", "法定代表人身份证号"], "enterprise"),
        (["姓名", "身份证号", "单位信用代码"], "person"),
        (["线路", "站点", "时刻"], "none"),
    ],
)
def test_whom_a_list_is_about(labels: list[str], subject: str) -> None:
    assert meaning.subject_of([item(label, subject="") for label in labels]) == subject


@given(
    st.text(max_size=30),
    st.sampled_from(["", *ELEMENTS]),
    st.sampled_from(["person", "enterprise", "place", "none", ""]),
    st.text(max_size=20),
)
def test_any_label_can_be_read(label: str, element: str, subject: str, about: str) -> None:
    one = item(label, element, subject, about)
    fact = meaning.reading(one)
    assert rules.compare(fact, fact).strength in ("same", "likely", "")
    rules.matches([one], POPULATION)


@given(st.sampled_from([each.item for each in POPULATION]))
def test_what_is_held_is_held(one: Item) -> None:
    """A field asked for in the words of the resource itself is found, unless its words say nothing."""
    fact = meaning.reading(one)
    assert rules.compare(fact, fact).strength == "same" or fact.core in ("编号",)


@given(st.text(max_size=12), st.text(max_size=12))
def test_similarity_is_even_and_bounded(left: str, right: str) -> None:
    score = meaning.similarity(left, right)
    assert 0 <= score <= 1
    assert score == meaning.similarity(right, left)


@pytest.mark.parametrize("share_class", ["unconditional", "conditional", "closed"])
def test_how_to_ask_names_the_provider(share_class: str) -> None:
    said = rules.how_to_ask(
        share_class, Text("公安分局", "Police"), Text("一事一查", "one at a time"), Text("某法", "a law")
    )
    assert "公安分局" in said.zh
    assert "Police" in said.en
