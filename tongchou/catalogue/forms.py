"""The form in which a steward changes a resource."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongchou.web.templatetags.house import labelled

from .models import Resource

GRADES = [(1, _("1 级 公开")), (2, _("2 级 内部")), (3, _("3 级 敏感")), (4, _("4 级 高敏感"))]


class ResourceForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no argument
    """What may be changed of a resource, with one grade for each of its fields."""

    class Meta:
        model = Resource
        fields = ("name", "name_en", "abstract", "abstract_en", "share_class", "cycle")
        labels = {"name_en": _("英文名称"), "abstract_en": _("英文摘要")}
        widgets = {
            "name": forms.TextInput({"data-value": ""}),
            "abstract": forms.Textarea({"rows": 3, "data-value": ""}),
            "abstract_en": forms.Textarea({"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.instance.fields.all():
            self.fields[f"grade_{field.name}"] = forms.TypedChoiceField(
                label=labelled(field), choices=GRADES, coerce=int, initial=field.grade
            )

    def grades(self) -> dict[str, int]:
        """The grades given, by field name."""
        prefix = "grade_"
        return {
            name[len(prefix) :]: value for name, value in self.cleaned_data.items() if name.startswith(prefix)
        }
