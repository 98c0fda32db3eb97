"""Forms of use at the gateway: one registration by which a form plugs in.

    register(Form(
        code="query", path="/exchange/query", reads=queries.query, arguments=..., told=...,
        title=Text(...), about=Text(...), asked={JSON schema of the request}, answered={JSON schema of the answer},
    ))

The gateway has checked signature, size, encoding and shape (`asked`) when it calls `arguments(call)`, which gives the
keyword arguments of the traced read (`by` is added); then it runs the read, commits its use with the request's nonce, and
calls `told(answer, call)` for what is sent. A HouseError raised by any of the three becomes a problem document.

`reads` is a function under `@traced`. Where it is a generator (`asks`), it runs on the event loop step by step: nothing in it,
nor in `arguments` and `told`, may wait. A plain function runs in a thread of its own with the Django ORM at hand, and so
do `arguments` and `told`; `told` may then return a stream. Its use is committed before `told` is called.

A form is imported, and so registered, by `load()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

from tongchou.accounts.actor import Actor
from tongchou.standards.text import Text

from .. import shapes

#: Modules of this package that register forms, in the order of the description.
MODULES: tuple[str, ...] = ("query", "verify", "batch", "subscribe", "aggregate")

LARGEST_BODY = 16 * 1024


@dataclass(frozen=True)
class Call:
    """One checked request. asked: the JSON body of a POST, the parameters of a GET (texts, or integers where the schema
    says so). language: "zh" or "en"."""

    by: Actor
    client: str
    asked: Mapping[str, Any]
    language: str


@dataclass(frozen=True)
class Reply:
    """What is sent. body: JSON values, bytes, or pieces of bytes that are made while they are sent."""

    body: Mapping[str, Any] | bytes | Iterable[bytes]
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """One operation of the gateway.

    code: of a form of use (`models.grants.Form`); more than one operation may share it. path: exact, below /exchange/,
    without variable parts: identifiers and numbers stand in the body, never in an address. asked: shape of the body
    (POST) or of the parameters (GET: an object of strings and integers). answered: {media type: schema} or the schema of a JSON
    answer. refusals: statuses beyond those every operation may give, with what they mean.
    """

    code: str
    path: str
    reads: Callable[..., Any]
    arguments: Callable[[Call], dict[str, Any]]
    told: Callable[[Any, Call], Reply | Mapping[str, Any]]
    title: Text
    about: Text
    asked: shapes.Schema
    answered: Mapping[str, Any]
    method: str = "POST"
    operation: str = ""
    largest_body: int = LARGEST_BODY
    refusals: Mapping[int, Text] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def check(self) -> shapes.Check:
        """The check of what is asked."""
        return shapes.compiled(self.asked)

    @property
    def stepwise(self) -> bool:
        """Whether it runs on the event loop."""
        return bool(getattr(self.reads, "stepwise", False))


_forms: dict[tuple[str, str], Form] = {}


def register(form: Form) -> None:
    """Add an operation. Raises ValueError when its place is taken or its address is none of ours."""
    place = (form.method, form.path)
    if (
        form.method not in ("GET", "POST")
        or not form.path.startswith("/exchange/")
        or form.path.endswith("/")
    ):
        raise ValueError(f"{form.method} {form.path} is no place for a form")
    if getattr(form.reads, "action", None) is None:
        raise ValueError(f"{form.path} reads by a function that leaves no trace")
    if _forms.setdefault(place, form) is not form:
        raise ValueError(f"{form.method} {form.path} is taken")
    _ = form.check


def load() -> list[Form]:
    """Every form, in the order of registration."""
    for name in MODULES:
        import_module(f"{__name__}.{name}")
    return list(_forms.values())
