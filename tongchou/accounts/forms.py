"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from tongchou.web.templatetags.house import named

from .models import Organisation, Role


class SignInForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=60,
        widget=forms.TextInput({"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("密码"), max_length=200, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )


class CodeForm(forms.Form):
    """A one-time code."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class PasswordForm(forms.Form):
    """Changing one's own password."""

    old = forms.CharField(label=_("原密码"), widget=forms.PasswordInput({"autocomplete": "current-password"}))
    new = forms.CharField(
        label=_("新密码"),
        help_text=_("至少 10 位，不要与姓名相似，也不要全是数字。"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(label=_("再输一次"), widget=forms.PasswordInput({"autocomplete": "new-password"}))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("new") != values.get("again"):
            self.add_error("again", _("两次输入的新密码不同。"))
        return values


class TokenForm(forms.Form):
    """A key of the API."""

    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("给谁、做什么用。"))
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=400, initial=90)


class NamedChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own class takes no argument
    """A choice among rows that have a name in both languages."""

    def label_from_instance(self, obj: Model) -> str:
        return named(obj)


class MembershipForm(forms.Form):
    """A role within an organisation."""

    role = NamedChoiceField(label=_("角色"), queryset=Role.objects.all(), to_field_name="code")
    organisation = NamedChoiceField(
        label=_("机构"), queryset=Organisation.objects.filter(active=True), to_field_name="code"
    )


class UserForm(MembershipForm):
    """A new account with its first role."""

    username = forms.RegexField(
        label=_("用户名"), regex=r"^[A-Za-z0-9_.@-]+$", max_length=60, help_text=_("字母、数字和 _ . @ -")
    )
    name = forms.CharField(label=_("姓名"), max_length=120)
    name_en = forms.CharField(label=_("英文姓名"), max_length=160, required=False)
    password = forms.CharField(
        label=_("初始密码"),
        help_text=_("首次登录时必须修改。"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    field_order = ["username", "name", "name_en", "role", "organisation", "password"]


class FirstPasswordForm(forms.Form):
    """A new first password."""

    password = forms.CharField(
        label=_("新的初始密码"), widget=forms.PasswordInput({"autocomplete": "new-password"})
    )


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no argument
    """One organisation."""

    class Meta:
        model = Organisation
        fields = ("code", "name", "name_en", "level", "kind", "parent", "active")
        field_classes = {"parent": NamedChoiceField}
        labels = {"parent": _("上级机构"), "name_en": _("英文名称")}
