"""What a traced read asks for while it runs, so that one function serves callers that wait and the gateway that must not.

A read that is a generator yields these and is sent what they stand for. `fetch` answers them here and now; the gateway
answers them on its event loop (`gateway.reading`). The decision stays in the read.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from tongchou.pool import queries as pool

from . import rulebook


@dataclass(frozen=True)
class Standing:
    """Who may read what: the present `rulebook.Rulebook`."""


@dataclass(frozen=True)
class Document:
    """The document of a subject, None when there is none."""

    subject_id: str


@dataclass(frozen=True)
class Lookup:
    """The documents of the subjects found by a number or name: a list, of at most three."""

    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """What a function answers that reads the control plane; it may raise HouseError."""

    function: Callable[[], Any]


Ask = Standing | Document | Lookup | Call
Answered = TypeVar("Answered")
#: A read that yields what it asks for and returns its answer.
Reading = Generator[Ask, Any, Answered]

#: More documents than this are not fetched: the question did not name one subject.
MOST = 3


def fetch(ask: Ask) -> Any:
    """The answer, here and now. Raises HouseError as what is asked does."""
    if isinstance(ask, Standing):
        return rulebook.current()
    if isinstance(ask, Document):
        return pool.document(ask.subject_id)
    if isinstance(ask, Lookup):
        found = (pool.document(subject_id) for subject_id in pool.find(ask.kind, *ask.values)[:MOST])
        return [each for each in found if each is not None]
    return ask.function()
