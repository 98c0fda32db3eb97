"""Forms of the catalogue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongchou.standards.errors import HouseError
from tongchou.web.templatetags.house import labelled, named

from . import demands
from .actions.resources import EDITABLE
from .models import Resource, ResourceClass

GRADES = [(1, _("1 级 公开")), (2, _("2 级 内部")), (3, _("3 级 敏感")), (4, _("4 级 高敏感"))]


def data_types() -> list[tuple[str, str]]:
    """Letters of data types with their names, for a choice."""
    language = get_language() or "zh"
    return [
        ("", "–"),
        *((code, f"{code} {label.say(language)}") for code, label in demands.DATA_TYPES.items()),
    ]


def class_choices() -> list[tuple[str, str]]:
    """Classes of the national catalogue, indented by level."""
    rows = ResourceClass.objects.all()
    return [("", "–"), *((one.code, "　" * one.code.count(".") + f"{one.code} {named(one)}") for one in rows)]


def told(refusal: HouseError) -> str:
    """A refusal as one sentence in the reader's language."""
    language = get_language() or "zh"
    return f"{refusal.what.say(language)} {refusal.next.say(language)}"


class ResourceForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no argument
    """What may be changed of a resource, with grade, type and length of each of its fields."""

    class Meta:
        model = Resource
        fields = EDITABLE
        labels = {
            "name_en": _("英文名称"), "abstract_en": _("英文摘要"), "resource_class": _("资源分类"),
            "share_condition_en": _("英文共享条件"), "legal_basis_en": _("英文依据"), "open_condition_en": _("英文开放条件"),
        }  # fmt: skip
        widgets = {
            "name": forms.TextInput({"data-value": ""}),
            "abstract": forms.Textarea({"rows": 3, "data-value": ""}),
            "abstract_en": forms.Textarea({"rows": 3}),
            "share_condition": forms.Textarea({"rows": 2, "data-value": ""}),
            "share_condition_en": forms.Textarea({"rows": 2}),
            "legal_basis": forms.Textarea({"rows": 2, "data-value": ""}),
            "legal_basis_en": forms.Textarea({"rows": 2}),
            "open_condition": forms.Textarea({"rows": 2, "data-value": ""}),
            "open_condition_en": forms.Textarea({"rows": 2}),
        }
        help_texts = {
            "resource_class": _("类、项、目、细目；信息资源代码由此生成。"),
            "share_condition": _(
                "有条件共享的资源写明：作为行政依据、工作参考、数据校核或业务协同，以及其他要求。"
            ),
            "legal_basis": _("不予共享的资源必须写明法律、行政法规或党中央、国务院政策依据。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("format_class", "share_way"):
            self.fields[name].required = False
        chooser = self.fields["resource_class"]
        chooser.label_from_instance = (  # type: ignore[attr-defined]
            lambda one: "　" * one.code.count(".") + f"{one.code} {named(one)}"
        )
        self.rows = list(self.instance.fields.all())
        for field in self.rows:
            self.fields[f"grade_{field.name}"] = forms.TypedChoiceField(
                label=labelled(field), choices=GRADES, coerce=int, initial=field.grade
            )
            self.fields[f"type_{field.name}"] = forms.ChoiceField(
                label=labelled(field), choices=data_types(), required=False, initial=field.data_type
            )
            self.fields[f"length_{field.name}"] = forms.IntegerField(
                label=labelled(field), required=False, min_value=1, max_value=100_000, initial=field.length
            )

    def described(self) -> list[Any]:
        """The bound inputs of the description, in order."""
        return [self[name] for name in EDITABLE]

    def table(self) -> list[tuple[Any, Any, Any, Any]]:
        """Each field of the resource with its bound inputs: grade, type, length."""
        return [
            (one, self[f"grade_{one.name}"], self[f"type_{one.name}"], self[f"length_{one.name}"])
            for one in self.rows
        ]

    def values(self) -> dict[str, Any]:
        """What was said of the resource; what the page did not ask (a program's own form) is left as it is."""
        whole = "whole" in self.data
        return {name: self.cleaned_data[name] for name in EDITABLE if whole or name in self.data}

    def field_values(self) -> dict[str, dict[str, Any]]:
        """What was said of its fields, by name."""
        said: dict[str, dict[str, Any]] = {}
        for one in self.rows:
            for prefix, name, empty in (
                ("grade", "grade", 1),
                ("type", "data_type", ""),
                ("length", "length", None),
            ):
                if f"{prefix}_{one.name}" in self.data:
                    value = self.cleaned_data[f"{prefix}_{one.name}"]
                    said.setdefault(one.name, {})[name] = empty if value in ("", None) else value
        return said

    def refuse(self, refusal: HouseError) -> None:
        """Say a refusal in place."""
        self.add_error(None, told(refusal))
