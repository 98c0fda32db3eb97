"""A definition as a form and back. The form shows what most flows need; what it does not show it carries along
unchanged, so that nothing written as text is lost by looking at it as a form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.permissions import PERMISSIONS
from tongchou.standards.text import Text

from .definitions import FACT_KINDS, UNITS

_UNITS = [("", "–"), ("urgent_hours", _("紧急工作时")), ("working_hours", _("工作时")), ("working_days", _("工作日")),
          ("natural_days", _("自然日"))]  # fmt: skip
assert {unit for unit, _label in _UNITS if unit} == set(UNITS)
_KINDS = [("work", _("办理")), ("stands", _("等待申请人（时限暂停）")), ("accepted", _("结束：办成")),
          ("refused", _("结束：不同意")), ("withdrawn", _("结束：撤销")), ("lapsed", _("结束：逾期终止"))]  # fmt: skip
_FACTS = [("", "–"), ("yes_no", _("是否")), ("integer", _("整数")), ("number", _("数值")), ("date", _("日期")),
          ("code", _("代码")), ("identifier", _("编号")), ("organisations", _("机构列表"))]  # fmt: skip
assert {kind for kind, _label in _FACTS if kind} == set(FACT_KINDS)


#: Django takes a thousand fields a request; a definition that would need more is written as text.
MOST_FIELDS = 950


def fits(content: Mapping[str, Any]) -> bool:
    """Whether a content can be shown as a form: its parts are mappings, and not too many."""
    parts = [content.get(name) or {} for name in ("states", "actions", "facts")]
    if not all(
        isinstance(part, Mapping) and all(isinstance(each, Mapping) for each in part.values())
        for part in parts
    ):
        return False
    sources = sum(len(each.get("from") or ()) for each in parts[1].values())
    needed = len(parts[0]) * 13 + len(parts[1]) * 17 + sources + len(parts[2]) * 6
    return needed + 20 < MOST_FIELDS


class Codes(forms.MultipleChoiceField):
    """Codes among those offered, or any other that was written: the check says what is wrong with them."""

    def valid_value(self, value: Any) -> bool:
        return True


def _word(label: Any, *, size: int = 20, help_text: Any = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"size": size})
    return forms.CharField(label=label, required=False, help_text=help_text, widget=widget)


def _choice(label: Any, choices: Sequence[tuple[str, Any]] = ()) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.Select(choices=choices))


class RowForm(forms.Form):
    """A part of a definition under its code. Whatever is typed is taken: the check says what is wrong with it."""

    code = _word(_("代码"), size=14)
    title_zh = _word(_("名称"), size=16)
    title_en = _word(_("英文名称"), size=18)
    rest = forms.CharField(required=False, widget=forms.HiddenInput)


class FactForm(RowForm):
    """One fact."""

    kind = _choice(_("类型"), _FACTS)


class StateForm(RowForm):
    """One state."""

    kind = _choice(_("性质"), _KINDS)
    owner = _word(
        _("由谁办理"), size=12, help_text=_("owner 主办机构、bureau 统筹局、starter 发起方，或机构代码")
    )
    permission = _choice(_("须有权限"))
    role = _word(_("须为角色"), size=10)
    limit_amount = _word(_("时限"), size=4)
    limit_unit = _choice(_("单位"), _UNITS)
    remind_amount = _word(_("提前提醒"), size=4)
    remind_unit = _choice(_("提醒单位"), _UNITS)
    escalate = _choice(_("逾期"))


class ActionForm(RowForm):
    """One action."""

    sources = Codes(label=_("从哪些状态"), required=False, widget=forms.CheckboxSelectMultiple)
    to = _choice(_("到哪个状态"))
    by = _choice(
        _("谁来做"), [("people", _("人")), ("clock", _("时限到后自动")), ("join", _("子流程汇合后自动"))]
    )
    owner = _word(_("另由谁办理"), size=12)
    permission = _choice(_("须有权限"))
    role = _word(_("须为角色"), size=10)
    not_by = _word(_("这些人不能办"), size=18, help_text=_("starter 或前面的操作代码，用逗号分开"))
    not_by_organisation = _word(_("这些人的机构也不能办"), size=18)
    guard = _word(_("条件"), size=40, help_text=_("如 months >= 12 and urgent = false"))
    guard_zh = _word(_("条件说明"), size=30)
    guard_en = _word(_("条件说明（英文）"), size=30)
    needs_comment = forms.BooleanField(label=_("须填意见"), required=False)
    decides = _choice(_("是否审定"), [("", _("按办理人判断")), ("yes", _("是")), ("no", _("否"))])
    tone = _choice(_("按钮"), [("", _("普通")), ("primary", _("主要")), ("danger", _("警示"))])


class HeadForm(forms.Form):
    """What is said of the flow as a whole."""

    title_zh = _word(_("名称"))
    title_en = _word(_("英文名称"))
    start = _choice(_("起始状态"))
    starter = _choice(
        _("谁算发起方"), [("organisation", _("发起人所在机构")), ("person", _("只有发起人本人"))]
    )
    limit_amount = _word(_("总时限"), size=4)
    limit_unit = _choice(_("单位"), _UNITS)
    rest = forms.CharField(required=False, widget=forms.HiddenInput)


class DefinitionForm:
    """The head and the rows of one definition, bound to what was posted or filled from a content."""

    def __init__(self, *, content: Mapping[str, Any] | None = None, data: Any = None, more: str = "") -> None:
        """content: to be shown; data: what was posted; more: "facts", "states" or "actions" for one empty row more."""
        self.head = HeadForm(data, prefix="head", initial=_head_initial(content or {}))
        self.facts = _rows(FactForm, "facts", content, data, more, _fact_initial)
        self.states = _rows(StateForm, "states", content, data, more, _state_initial)
        self.actions = _rows(ActionForm, "actions", content, data, more, _action_initial)
        for each in (self.head, *self.facts, *self.states, *self.actions):
            if each.is_bound:
                each.full_clean()
        states = [(_said(one, "code"), _said(one, "title_zh") or _said(one, "code")) for one in self.states]
        states = [(code, title) for code, title in states if code]
        by_clock = [one for one in self.actions if _said(one, "by") == "clock"]
        clocks = [(f"action:{_said(one, 'code')}", _said(one, "title_zh")) for one in by_clock]
        language = get_language() or "zh"
        permissions = [("", "–"), *((code, label.say(language)) for code, label in PERMISSIONS.items())]
        _choose(self.head, "start", [("", "–"), *states])
        for one in self.states:
            _choose(one, "permission", permissions)
            _choose(one, "escalate", [("", "–"), ("tell", _("告知统筹局")), *clocks])
        for one in self.actions:
            _choose(one, "permission", permissions)
            _choose(one, "to", [("", "–"), *states])
            said = one.cleaned_data["sources"] if one.is_bound else one.initial.get("sources") or []
            known = {code for code, _title in states}
            sources = [*states, *((code, code) for code in said if code not in known)]
            one.fields["sources"].choices = sources

    @property
    def sections(self) -> list[tuple[str, Text, list[Any]]]:
        """(name, title, rows) of each list of rows."""
        return [
            ("states", Text("状态", "States"), self.states),
            ("actions", Text("操作", "Actions"), self.actions),
            ("facts", Text("事实（供条件使用）", "Facts for guards"), self.facts),
        ]

    def content(self, code: str) -> dict[str, Any]:
        """The definition that the form says."""
        said = self.head.cleaned_data
        made: dict[str, Any] = {"code": code, "title": _title(said), "start": said["start"]}
        rest = _loads(said["rest"])
        if said["starter"] == "person":
            made["starter"] = "person"
        made.update({key: rest.pop(key) for key in ("about",) if key in rest})
        if said["limit_amount"] or said["limit_unit"]:
            made["limit"] = {said["limit_unit"] or "working_days": _number(said["limit_amount"])}
        made.update(rest)
        made["facts"] = {_key(one): _fact_content(one.cleaned_data) for one in self.facts if _key(one)}
        made["states"] = {_key(one): _state_content(one.cleaned_data) for one in self.states if _key(one)}
        made["actions"] = {_key(one): _action_content(one.cleaned_data) for one in self.actions if _key(one)}
        if not made["facts"]:
            del made["facts"]
        return made


def _rows(
    kind: type[RowForm], name: str, content: Mapping[str, Any] | None, data: Any, more: str, initial: Any
) -> list[Any]:
    if data is None:
        inner = (content or {}).get(name)
        given = [initial(code, each) for code, each in (inner.items() if isinstance(inner, Mapping) else ())]
        rows = [kind(initial=one, prefix=f"{name}-{n}") for n, one in enumerate(given)]
        return [*rows, kind(prefix=f"{name}-{len(rows)}")] if more == name else rows
    count = data.get(f"{name}-count", "0")
    numbers = range(min(int(count), 300) if count.isdecimal() and len(count) < 5 else 0)
    kept = [n for n in numbers if not data.get(f"{name}-{n}-remove")]
    # rows close up when one is taken out
    posted = [
        {f"{name}-{new}-{field}": data.getlist(f"{name}-{old}-{field}") for field in kind.base_fields}
        for new, old in enumerate(kept)
    ]
    if more == name:
        posted.append({})
    return [kind(MultiValueDict(one), prefix=f"{name}-{n}") for n, one in enumerate(posted)]


def _said(form: forms.Form, name: str) -> str:
    value = form.cleaned_data.get(name) if form.is_bound else form.initial.get(name)
    return str(value or "")


def _choose(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    """Set the choices of a select; what was said stays choosable, however wrong."""
    said = _said(form, name)
    if said and said not in {value for value, _label in choices}:
        choices = [*choices, (said, said)]
    form.fields[name].widget.choices = choices


def _key(form: RowForm) -> str:
    return str(form.cleaned_data.get("code") or "").strip()


def _title(said: Mapping[str, Any]) -> dict[str, str] | str:
    zh, en = str(said.get("title_zh") or "").strip(), str(said.get("title_en") or "").strip()
    return {"zh": zh, "en": en} if en else zh


def _title_initial(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {"title_zh": str(value.get("zh") or ""), "title_en": str(value.get("en") or "")}
    return {"title_zh": str(value or ""), "title_en": ""}


def _loads(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(text: str) -> Any:
    text = str(text or "").strip()
    if text.isdecimal() and len(text) < 6:
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text


def _limit_initial(value: Any, name: str) -> dict[str, Any] | None:
    """A limit as amount and unit; None when it says more than that."""
    if isinstance(value, Mapping) and len(value) == 1 and set(value) <= set(UNITS):
        ((unit, amount),) = value.items()
        return {
            f"{name}_amount": f"{amount:g}" if isinstance(amount, float) else str(amount),
            f"{name}_unit": unit,
        }
    return None


def _head_initial(content: Mapping[str, Any]) -> dict[str, Any]:
    rest = {
        key: value
        for key, value in content.items()
        if key not in ("code", "title", "start", "starter", "facts", "states", "actions")
    }
    found = {
        **_title_initial(content.get("title")),
        "start": content.get("start", ""),
        "starter": content.get("starter", "organisation"),
    }
    limit = _limit_initial(rest.get("limit"), "limit")
    if limit:
        found.update(limit)
        del rest["limit"]
    return {**found, "rest": json.dumps(rest, ensure_ascii=False) if rest else ""}


def _fact_initial(code: str, value: Any) -> dict[str, Any]:
    said = value if isinstance(value, Mapping) else {}
    return {"code": code, **_title_initial(said.get("title")), "kind": said.get("kind", "")}


def _fact_content(said: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": said["kind"]}
    title = _title(said)
    return {"title": title, **made} if title else made


def _state_initial(code: str, value: Any) -> dict[str, Any]:
    said = dict(value) if isinstance(value, Mapping) else {}
    found = {"code": code, **_title_initial(said.pop("title", "")), "kind": "work"}
    if said.get("end") is True:
        found["kind"] = said.pop("outcome", "accepted")
        said.pop("end")
    elif said.get("stands") is True:
        found["kind"] = "stands"
        said.pop("stands")
    for name in ("owner", "permission", "role"):
        found[name] = said.pop(name, "")
    limit = _limit_initial(said.get("limit"), "limit")
    if limit:
        found.update(limit)
        said.pop("limit")
    remind = said.get("remind")
    one = remind[0] if isinstance(remind, list) and len(remind) == 1 else remind
    if isinstance(one, Mapping) and set(one) == {"before"}:
        lead = _limit_initial(one["before"], "remind")
        if lead:
            found.update(lead)
            said.pop("remind")
    escalate = said.get("escalate")
    if isinstance(escalate, Mapping) and len(escalate) == 1:
        found["escalate"] = (
            "tell" if escalate.get("tell") == "bureau" else f"action:{escalate.get('action', '')}"
        )
        said.pop("escalate")
    return {**found, "rest": json.dumps(said, ensure_ascii=False) if said else ""}


def _state_content(said: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"title": _title(said)}
    for name in ("owner", "permission", "role"):
        if said[name]:
            made[name] = said[name]
    if said["kind"] == "stands":
        made["stands"] = True
    if said["limit_amount"] or said["limit_unit"]:
        made["limit"] = {said["limit_unit"] or "working_days": _number(said["limit_amount"])}
    if said["remind_amount"] or said["remind_unit"]:
        made["remind"] = {
            "before": {
                said["remind_unit"] or said["limit_unit"] or "working_days": _number(said["remind_amount"])
            }
        }
    if said["escalate"] == "tell":
        made["escalate"] = {"tell": "bureau"}
    elif said["escalate"].startswith("action:"):
        made["escalate"] = {"action": said["escalate"].removeprefix("action:")}
    if said["kind"] not in ("work", "stands", ""):
        made["end"] = True
        if said["kind"] != "accepted":
            made["outcome"] = said["kind"]
    return {**made, **_loads(said["rest"])}


def _action_initial(code: str, value: Any) -> dict[str, Any]:
    said = dict(value) if isinstance(value, Mapping) else {}
    found: dict[str, Any] = {"code": code, **_title_initial(said.pop("title", ""))}
    sources = said.pop("from", [])
    found["sources"] = (
        [sources] if isinstance(sources, str) else list(sources) if isinstance(sources, list) else []
    )
    found["by"] = said.pop("by", "people")
    for name in ("to", "owner", "permission", "role", "guard", "tone"):
        found[name] = said.pop(name, "")
    for name in ("not_by", "not_by_organisation"):
        codes = said.pop(name, [])
        found[name] = codes if isinstance(codes, str) else ", ".join(map(str, codes or []))
    explained = _title_initial(said.pop("guard_says", ""))
    found["guard_zh"], found["guard_en"] = explained["title_zh"], explained["title_en"]
    found["needs_comment"] = said.pop("needs_comment", False) is True
    decides = said.pop("decides", None)
    found["decides"] = "" if decides is None else "yes" if decides is True else "no"
    return {**found, "rest": json.dumps(said, ensure_ascii=False) if said else ""}


def _action_content(said: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"title": _title(said), "from": list(said["sources"] or []), "to": said["to"]}
    if said["by"] not in ("", "people"):
        made["by"] = said["by"]
    for name in ("owner", "permission", "role", "guard"):
        if said[name]:
            made[name] = said[name]
    for name in ("not_by", "not_by_organisation"):
        codes = [
            code.strip()
            for code in said[name].replace("，", ",").replace("、", ",").split(",")
            if code.strip()
        ]
        if codes:
            made[name] = codes
    explained = _title({"title_zh": said["guard_zh"], "title_en": said["guard_en"]})
    if explained:
        made["guard_says"] = explained
    if said["needs_comment"]:
        made["needs_comment"] = True
    if said["decides"]:
        made["decides"] = said["decides"] == "yes"
    if said["tone"]:
        made["tone"] = said["tone"]
    return {**made, **_loads(said["rest"])}
