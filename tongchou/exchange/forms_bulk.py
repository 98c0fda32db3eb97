"""Forms of exports, subscriptions and statistics: each begins with a grant one holds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError

from . import holdings, questions
from .models import Export, Grant


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _said(grant: Grant) -> str:
    name = (_english() and grant.resource.name_en) or grant.resource.name
    return f"{grant.number} · {name}"


class GrantChooser(forms.Form):
    """Which grant of a form of use, and for which of its purposes."""

    form_of_use = ""

    grant = forms.ChoiceField(label=_("授权"))
    purpose = forms.ChoiceField(label=_("用途"))

    def __init__(self, *args: Any, by: Actor, chosen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = {each.number: each for each in holdings.held(by, self.form_of_use)}
        self.chosen = self.held.get(chosen) or next(iter(self.held.values()), None)
        english = _english()
        self.fields["grant"].choices = [(number, _said(each)) for number, each in self.held.items()]  # type: ignore[attr-defined]
        self.fields["grant"].widget.attrs["data-submits"] = ""
        self.fields["purpose"].choices = (  # type: ignore[attr-defined]
            [
                (each.code, (english and each.name_en) or each.name)
                for each in self.chosen.purposes.all()
                if each.active
            ]
            if self.chosen
            else []
        )
        if self.chosen:
            self.initial["grant"] = self.chosen.number
        self.holding = self._holding(by)

    def _holding(self, by: Actor) -> holdings.Holding | None:
        """The chosen grant in use; None where it cannot be used after all (the form then says why on sending)."""
        choices = self.fields["purpose"].choices  # type: ignore[attr-defined]
        if self.chosen is None or not choices:
            return None
        try:
            return holdings.holding(
                by=by, grant=self.chosen.number, form=self.form_of_use, purpose=next(iter(choices))[0]
            )
        except HouseError:
            return None

    def label_of(self, field: holdings.Field) -> str:
        """A field in the reader's language."""
        return field.label.say("en" if _english() else "zh")

    def refuse(self, refusal: HouseError) -> None:
        """Say a refusal in place."""
        language = get_language() or "zh"
        self.add_error(None, f"{refusal.what.say(language)}{refusal.next.say(language)}")


class ExportForm(GrantChooser):
    """What a file is to hold."""

    form_of_use = "batch"

    format = forms.ChoiceField(label=_("格式"), choices=Export.Format.choices)
    valid_on = forms.DateField(
        label=_("业务时点"), required=False, help_text=_("导出在这一天有效的记录；不填为今天。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    columns = forms.MultipleChoiceField(label=_("字段"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.holding.fields if self.holding else ()
        self.fields["columns"].choices = [(each.name, self.label_of(each)) for each in fields]  # type: ignore[attr-defined]
        self.initial["columns"] = [each.name for each in fields]
        self.initial["valid_on"] = timezone.localdate()


class SubscriptionForm(GrantChooser):
    """Which changes are followed, and where they are sent."""

    form_of_use = "subscribe"

    url = forms.CharField(
        label=_("推送地址"), required=False, max_length=500,
        help_text=_("https 地址；不填则由您的系统凭游标来取。推送经签名，按顺序发送，失败重试。"),
    )  # fmt: skip


class StatisticsForm(GrantChooser):
    """A statistical question."""

    form_of_use = "aggregate"

    first = forms.ChoiceField(label=_("分组"), required=False)
    second = forms.ChoiceField(label=_("再分组"), required=False)
    summed = forms.ChoiceField(label=_("求和与均值"), required=False)
    where = forms.CharField(
        label=_("条件"), required=False, max_length=1000,
        help_text=_("例如 sex = '1' and birth_date < date '1980-01-01'；只能用代码、日期和数字字段。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.holding.fields if self.holding else ()
        nothing = [("", _("不分组"))]
        groups = [(each.name, self.label_of(each)) for each in fields if questions.grouping(each)]
        self.fields["first"].choices = self.fields["second"].choices = [*nothing, *groups]  # type: ignore[attr-defined]
        self.fields["summed"].choices = [  # type: ignore[attr-defined]
            ("", _("只计数")),
            *((each.name, self.label_of(each)) for each in fields if questions.summing(each)),
        ]
        self.asking = [(each.name, self.label_of(each)) for each in fields if questions.asking(each)]

    def question(self) -> dict[str, Any]:
        """The arguments of `aggregates.count`."""
        said = self.cleaned_data
        return {
            "grant": said["grant"], "purpose": said["purpose"],
            "group_by": [each for each in (said["first"], said["second"]) if each],
            "sums": [said["summed"]] if said["summed"] else [], "where": said["where"],
        }  # fmt: skip


class RuleForm(forms.Form):
    """How answers about a resource are protected."""

    method = forms.ChoiceField(
        label=_("保护方法"), choices=[("suppression", _("隐去小单元")), ("privacy", _("差分隐私"))]
    )
    least = forms.IntegerField(label=_("最小组"), help_text=_("记录数少于此数的单元不显示。"))
    dominance_percent = forms.IntegerField(
        label=_("单条占比上限（%）"), help_text=_("一条记录占一个合计超过此比例的，不显示。")
    )
    most_questions = forms.IntegerField(label=_("每期问题数上限"))
    records_per_subject = forms.IntegerField(
        label=_("每主体计入条数"), help_text=_("差分隐私：一个主体最多计入几条记录。")
    )
    budget = forms.DecimalField(
        label=_("隐私预算 ε"), decimal_places=6, help_text=_("一项授权的全部；不会恢复。")
    )
    cost = forms.DecimalField(label=_("每次消耗 ε"), decimal_places=6)
    bounds = forms.CharField(
        label=_("数值上下限"), required=False, help_text=_("差分隐私求和用，每行一个字段：wage 0 20000"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def clean_bounds(self) -> dict[str, list[float]]:
        """{field: [least, most]}."""
        found: dict[str, list[float]] = {}
        for line in str(self.cleaned_data["bounds"]).splitlines():
            if not line.strip():
                continue
            try:
                name, low, high = line.split()
                found[name] = [float(low), float(high)]
            except ValueError:
                raise forms.ValidationError(_("每行写：字段 下限 上限。")) from None
        return found

    def rule(self) -> dict[str, Any]:
        """The arguments of `aggregates.set_rule`."""
        said = dict(self.cleaned_data)
        budget, cost = said.pop("budget"), said.pop("cost")
        return {**said, "budget_micro": int(budget * 1_000_000), "cost_micro": int(cost * 1_000_000)}

    def refuse(self, refusal: HouseError) -> None:
        """Say a refusal in place."""
        language = get_language() or "zh"
        self.add_error(None, f"{refusal.what.say(language)}{refusal.next.say(language)}")
