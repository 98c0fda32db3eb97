"""Which parameters a population is linked with: the pack's model, or a candidate that a steward adopted over it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import yaml

from .linkage import LinkageModel, load_model
from .linkage.model import model_file
from .models import CandidateModel, Population


def adopted(population: Population) -> CandidateModel | None:
    """The candidate in force, None where the pack's model is. One query."""
    held = CandidateModel.objects.filter(population=population, state=CandidateModel.State.ADOPTED)
    return held.filter(based_on=population.model).first()


def model_of(population: Population) -> LinkageModel:
    """The model a population is linked with. Raises HouseError as `load_model` does."""
    held = adopted(population)
    return load_model(held.parameters if held else population.model)


def name_of(population: Population) -> str:
    """The name by which a run's links say what they were made with: the pack's, and the adopted candidate's digest."""
    held = adopted(population)
    return f"{population.model}+{held.digest[:12]}" if held else population.model


def parsed(population: Population) -> dict[str, Any]:
    """The parameters in force as plain values, to train from."""
    held = adopted(population)
    if held:
        return dict(held.parameters)
    found: dict[str, Any] = yaml.load(
        model_file(population.model).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return found


def digest_of(parameters: Mapping[str, Any]) -> str:
    """The sha256 of parameters, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
