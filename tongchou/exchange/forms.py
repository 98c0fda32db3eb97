"""Forms of the exchange: one for clauses, which a request, a decision and a grant share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource, ResourceField
from tongchou.standards import masking
from tongchou.standards.errors import HouseError
from tongchou.standards.expressions import LONGEST
from tongchou.web.templatetags.house import labelled, named, say

from .clauses import EVERYTHING, Clauses, ResourceSaid, masks_for
from .deciding import LONGEST_BASIS, LONGEST_REASON
from .giving import BadClauses
from .models import Form, Purpose, Statement

#: Field of the form → place of a problem, where they differ.
_PLACES = {"fields": "fields_granted", "forms": "forms_of_use"}


class Line(NamedTuple):
    """One field of the resource in the form: whether it is chosen, may be revealed, and the choice of its mask."""

    field: ResourceField
    chosen: bool
    revealed: bool
    may_choose: bool
    may_reveal: bool
    mask: forms.BoundField | None


class ClausesForm(forms.Form):
    """What may be used: fields, rows, purposes, forms, until when; and for whoever grants, masks, cases and quota."""

    fields_granted = forms.MultipleChoiceField(label=_("字段"), required=False)
    unmasked = forms.MultipleChoiceField(label=_("可显示原值的字段"), required=False)
    rows = forms.CharField(
        label=_("行范围"), required=False, strip=True, max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "class": "mono"}),
        help_text=_("留空为全部记录。例：birth_date < today - 60 years and status = '1'"),
    )  # fmt: skip
    purposes = forms.ModelMultipleChoiceField(
        label=_("用途"), queryset=Purpose.objects.filter(active=True), to_field_name="code", required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    forms_of_use = forms.MultipleChoiceField(
        label=_("使用方式"), choices=Form.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    statements = forms.MultipleChoiceField(
        label=_("可核验陈述"), required=False, widget=forms.CheckboxSelectMultiple
    )
    until = forms.DateField(
        label=_("有效期至"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    #: Whether whoever fills it in grants, and so says masks, cases and quota.
    grants = False

    def __init__(
        self,
        *args: Any,
        resource: Resource,
        said: ResourceSaid,
        clauses: Clauses | None = None,
        within: Clauses | None = None,
        **kwargs: Any,
    ) -> None:
        """clauses: what stands in it at first. within: what may be chosen at most."""
        super().__init__(*args, **kwargs)
        self.resource, self.said, self.within = resource, said, within
        self.lines_of = list(resource.fields.all())
        names = said.names
        choices = [(each.name, labelled(each)) for each in self.lines_of]
        most = {each.name for each in said.named(within.fields)} if within else set(names)
        reveal = {each.name for each in said.named(within.unmasked)} if within else set(names)
        self._most, self._reveal = most, reveal & most
        self._choose("fields_granted", choices, most)
        self._choose("unmasked", choices, self._reveal)
        statements = [
            (each.code, named(each)) for each in Statement.objects.filter(resource=resource, active=True)
        ]
        self._choose("statements", statements, within.statements if within else None)
        self._choose("forms_of_use", list(Form.choices), within.forms if within else None)
        purposes: Any = self.fields["purposes"]
        purposes.label_from_instance = named
        if within:
            purposes.queryset = purposes.queryset.filter(code__in=within.purposes)
        self.fields["until"].initial = timezone.localdate() + timedelta(days=365)
        if self.grants:
            self._add_terms()
        self._everything = {
            name
            for name in ("fields", "unmasked")
            if clauses is not None and EVERYTHING in getattr(clauses, name)
        }
        if clauses is not None:
            self.initial.update(self._initial(clauses))
        else:
            self.initial.setdefault("forms_of_use", ["query"])

    def _choose(self, name: str, choices: list[tuple[Any, Any]], most: Collection[str] | None) -> None:
        field: Any = self.fields[name]
        field.choices = [each for each in choices if most is None or each[0] in most]

    def _add_terms(self) -> None:
        for said in self.said.fields:
            self.fields[f"mask_{said.name}"] = forms.ChoiceField(
                label=_("脱敏方式"), required=False,
                choices=[("", _("按等级")), *((name, say(masking.MASKS[name].about)) for name in masks_for(said))],
            )  # fmt: skip
        self.fields["needs_case"] = forms.BooleanField(
            label=_("每次使用须有涉及该主体的在办事由"), required=False
        )
        self.fields["quota_per_day"] = forms.IntegerField(
            label=_("每日限额（次）"), required=False, min_value=1, max_value=1_000_000
        )

    def _initial(self, clauses: Clauses) -> dict[str, Any]:
        return {
            "fields_granted": [each.name for each in self.said.named(clauses.fields)],
            "unmasked": [each.name for each in self.said.named(clauses.unmasked)],
            "rows": clauses.rows, "forms_of_use": sorted(clauses.forms), "statements": sorted(clauses.statements),
            "purposes": sorted(clauses.purposes), "until": clauses.until, "needs_case": clauses.needs_case,
            "quota_per_day": clauses.quota_per_day, **{f"mask_{name}": mask for name, mask in clauses.masking.items()},
        }  # fmt: skip

    def lines(self) -> Iterator[Line]:
        """The fields of the resource as the table of the form shows them."""
        chosen = set(self["fields_granted"].value() or [])
        revealed = set(self["unmasked"].value() or [])
        for each in self.lines_of:
            name = f"mask_{each.name}"
            yield Line(
                each, each.name in chosen, each.name in revealed, each.name in self._most, each.name in self._reveal,
                self[name] if name in self.fields else None,
            )  # fmt: skip

    def clauses(self) -> Clauses:
        """What was filled in; the form must be valid."""
        said = self.cleaned_data
        fields, unmasked = frozenset(said["fields_granted"]), frozenset(said["unmasked"])
        # All fields means those to come too, where the grant said so before and nothing was taken out.
        if "fields" in self._everything and fields == self.said.names:
            fields = frozenset({EVERYTHING})
        if "unmasked" in self._everything and unmasked == self.said.names:
            unmasked = frozenset({EVERYTHING})
        masks = {
            each.name: said[f"mask_{each.name}"]
            for each in self.said.fields
            if said.get(f"mask_{each.name}") and (each.name in fields or EVERYTHING in fields)
        }
        return Clauses(
            fields=fields, unmasked=unmasked, masking=masks, rows=said["rows"], forms=frozenset(said["forms_of_use"]),
            statements=frozenset(said["statements"]), purposes=frozenset(each.code for each in said["purposes"]),
            needs_case=bool(said.get("needs_case")), quota_per_day=said.get("quota_per_day"), until=said["until"],
        )  # fmt: skip

    def refuse(self, refusal: HouseError) -> None:
        """Say a refusal in place; each problem of clauses beside its field, all at once."""
        language = get_language() or "zh"
        if not isinstance(refusal, BadClauses):
            self.add_error(None, f"{refusal.what.say(language)}{refusal.next.say(language)}")
            return
        for place, said in refusal.problems:
            name = _PLACES.get(place, place.replace("masking.", "mask_"))
            self.add_error(name if name in self.fields else None, said.say(language))


class RequestForm(ClausesForm):
    """Asking for data."""

    role = forms.ModelChoiceField(
        label=_("由本机构哪个角色使用"), queryset=Role.objects.all(), to_field_name="code"
    )
    reason = forms.CharField(
        label=_("申请理由"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("办什么事、为什么需要这些字段。不要写姓名和号码。"),
    )  # fmt: skip
    legal_basis = forms.CharField(label=_("法律依据"), max_length=LONGEST_BASIS, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser: Any = self.fields["role"]
        chooser.label_from_instance = named


class DecisionForm(ClausesForm):
    """Granting what was asked for, or less."""

    grants = True
    comment = forms.CharField(
        label=_("意见"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("拒绝或退回须写明原因；申请机构看得到。"),
    )  # fmt: skip


class GrantForm(ClausesForm):
    """Giving a grant without a request."""

    grants = True
    organisation = forms.ModelChoiceField(
        label=_("使用机构"), queryset=Organisation.objects.filter(active=True), to_field_name="code"
    )
    role = forms.ModelChoiceField(label=_("使用角色"), queryset=Role.objects.all(), to_field_name="code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("organisation", "role"):
            chooser: Any = self.fields[name]
            chooser.label_from_instance = named


class ChangeForm(ClausesForm):
    """Changing a grant."""

    grants = True
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("更改理由"), required=False, max_length=300)


class ResourceChooser(forms.Form):
    """The first step: which resource."""

    resource = forms.ModelChoiceField(
        label=_("信息资源"), queryset=Resource.objects.none(), to_field_name="code",
        widget=forms.Select(attrs={"data-submits": ""}),
    )  # fmt: skip

    def __init__(self, *args: Any, owner: str = "", without: str = "", **kwargs: Any) -> None:
        """owner: only resources of this organisation. without: none of that one."""
        super().__init__(*args, **kwargs)
        found = Resource.objects.exclude(share_class=Resource.ShareClass.CLOSED).select_related(
            "organisation"
        )
        if owner:
            found = found.filter(organisation__code=owner)
        if without:
            found = found.exclude(organisation__code=without)
        chooser: Any = self.fields["resource"]
        chooser.queryset = found.order_by("organisation__code", "code")
        chooser.label_from_instance = lambda each: f"{named(each.organisation)} · {named(each)}"


def loosely(data: QueryDict, said: ResourceSaid) -> Clauses:
    """What stands in a form at this moment, right or wrong, for the preview."""
    names = said.names
    masks: Mapping[str, str] = {
        each.name: data.get(f"mask_{each.name}", "")
        for each in said.fields
        if data.get(f"mask_{each.name}", "") in masking.MASKS
    }
    return Clauses(
        fields=frozenset(data.getlist("fields_granted")) & names,
        unmasked=frozenset(data.getlist("unmasked")) & names,
        masking=masks,
        rows=data.get("rows", "")[: LONGEST + 1],
        forms=frozenset(data.getlist("forms_of_use")),
        statements=frozenset(data.getlist("statements")),
        purposes=frozenset(),
        until=date.max,
    )
