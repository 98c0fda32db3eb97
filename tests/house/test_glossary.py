"""Every model is in the glossary, under the name the code gives it and with the Chinese of the screens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model

GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "reference" / "glossary.md"
MODELS = [model for model in apps.get_models() if model.__module__.startswith("tongchou.")]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_model_is_in_the_glossary(model: type[Model]) -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", GLOSSARY.read_text(encoding="utf-8"), re.M)
    fitting = [row for row in rows if f"`{model.__name__}`" in row[0]]
    assert fitting, f"{model.__name__} is missing from docs/reference/glossary.md"
    assert re.search(r"[\u3400-\u9fff]", fitting[0][1])
