"""Base libraries 人口库, 法人库: per subject the best value of each attribute, which record says so, and why it was taken.

    attributes     what is kept of each kind of subject
    survivorship   which of several values is taken, decided on plain values and told in words
    rulebook       the rules in force: what the pack declares (`survivorship.yaml`), else the usual order
    deriving       the same decision for a whole population, as one query; the library is one Parquet file
    disagreements  where a department says something else than what was taken: places, never values

Only records in force are asked. The library is derived and replaced at once.
"""

from __future__ import annotations

from ..folders import base_folder
from .attributes import ATTRIBUTES, label_of
from .deriving import best_values, derive, facts_of, published_at

__all__ = ["ATTRIBUTES", "base_folder", "best_values", "derive", "facts_of", "label_of", "published_at"]
