"""Forms of the exchange."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource
from tongchou.standards.errors import HouseError

from .models import Purpose
from .queries.grants import is_bureau


class GrantForm(forms.Form):
    """What a grant says. Its fields follow the resource that was chosen."""

    resource = forms.ModelChoiceField(
        label=_("信息资源"), queryset=Resource.objects.none(), to_field_name="code"
    )
    organisation = forms.ModelChoiceField(
        label=_("使用机构"), queryset=Organisation.objects.filter(active=True), to_field_name="code"
    )
    role = forms.ModelChoiceField(label=_("使用角色"), queryset=Role.objects.all(), to_field_name="code")
    fields_granted = forms.MultipleChoiceField(
        label=_("授权字段"), widget=forms.CheckboxSelectMultiple, required=False
    )
    unmasked = forms.MultipleChoiceField(
        label=_("其中可显示原值的字段"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("每次显示原值都会单独留痕。"),
    )  # fmt: skip
    purposes = forms.ModelMultipleChoiceField(
        label=_("用途"), queryset=Purpose.objects.filter(active=True), to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    until = forms.DateField(
        label=_("有效期至"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, by: Actor, resource: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        english = (get_language() or "").startswith("en")
        own = Resource.objects.exclude(share_class=Resource.ShareClass.CLOSED).select_related("organisation")
        if not is_bureau(by):
            own = own.filter(organisation__code=by.organisation)
        chooser = self.fields["resource"]
        chooser.queryset = own  # type: ignore[attr-defined]
        chooser.widget.attrs["data-submits"] = ""
        for name in ("resource", "organisation", "role", "purposes"):
            self.fields[name].label_from_instance = (  # type: ignore[attr-defined]
                lambda each: (english and each.name_en) or each.name
            )
        self.fields["until"].initial = timezone.localdate() + timedelta(days=365)
        chosen = own.filter(code=resource or "").first()
        names = (
            [(each.name, (english and each.label_en) or each.label) for each in chosen.fields.all()]
            if chosen
            else []
        )
        self.chosen = chosen
        self.initial["resource"] = chosen.code if chosen else None
        for name in ("fields_granted", "unmasked"):
            self.fields[name].choices = names  # type: ignore[attr-defined]

    def terms(self) -> dict[str, Any]:
        """The arguments of `actions.grants.create`."""
        said = self.cleaned_data
        return {
            "organisation": said["organisation"], "role": said["role"], "resource": said["resource"],
            "fields": said["fields_granted"], "unmasked": said["unmasked"], "purposes": list(said["purposes"]),
            "until": said["until"],
        }  # fmt: skip

    def refuse(self, refusal: HouseError) -> None:
        """Say a refusal in place."""
        language = get_language() or "zh"
        self.add_error(None, f"{refusal.what.say(language)}{refusal.next.say(language)}")
