"""Where the pool's files lie in the data folder."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def data_root() -> Path:
    """The data folder of this installation."""
    return Path(settings.TONGCHOU_DATA)


def pool_root() -> Path:
    """The pool's part of the data folder, made if need be."""
    folder = data_root() / "pool"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def links_folder(population: str) -> Path:
    """Where the links of a population are published."""
    return pool_root() / "links" / population


def issued_folder(population: str) -> Path:
    """Where the subject ids of a population are kept as they were given."""
    return pool_root() / "issued" / population


def states_folder(population: str) -> Path:
    """Where what a link run knew is kept for the next one, in a folder per version of the links."""
    return pool_root() / "linkstates" / population


def base_folder(population: str) -> Path:
    """Where the base library of a population is published."""
    return pool_root() / "base" / population
