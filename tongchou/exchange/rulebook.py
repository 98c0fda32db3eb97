"""Who may read what, as plain values read at once: grants, purposes, resources, statements, clients and their keys.

`current()` asks for the count of changes (`changes`) and reads again when it has moved, so that nobody is answered by
what was true before the question. One rulebook serves every thread and the gateway's event loop; it never changes.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.db import connection

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.accounts.sealing import unseal
from tongchou.catalogue.models import Resource
from tongchou.pool.base.rulebook import rules_of_code
from tongchou.pool.base.survivorship import Rule
from tongchou.pool.models import Population
from tongchou.pool.plans import Feed, feeds
from tongchou.pool.relations import declared
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import changes, errors, rules
from .models import ClientKey, Grant, Purpose, Statement
from .queries.grants import as_terms
from .rows import kinds_of
from .rules import Scope, Terms
from .statements import Assertion, read_assertion

_MOST_REMEMBERED = 4096
Made = TypeVar("Made")


@dataclass(frozen=True)
class KeyOnFile:
    """One key of a client, ready to check signatures with. Instants in seconds since 1970.

    secret: of HMAC, or the 32 bytes of an Ed25519 public key. good: neither key nor client nor organisation was revoked.
    """

    key_id: str
    method: str
    secret: bytes
    client: str
    by: Actor
    good: bool
    valid_until: float | None
    expires_on: date
    limit: int | None


@dataclass(frozen=True)
class Rulebook:
    """Everything that decides a read. version: of `changes`."""

    version: changes.Version
    terms: Mapping[tuple[str, str], tuple[Terms, ...]]
    purposes: Mapping[str, Text]
    kinds: Mapping[str, str]
    feeds: Mapping[str, Mapping[str, Feed]]
    statements: Mapping[str, Assertion]
    keys: Mapping[str, KeyOnFile]
    _remembered: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def fitting(self, by: Actor, purpose: str, form: str, on: date) -> tuple[Terms, ...]:
        """The grants good for the reader, the purpose, the form and the day.

        Raises Refused (exchange.purpose_missing, and what `rules.check_purpose` raises).
        """

        def make() -> tuple[Terms, ...]:
            if purpose not in self.purposes:
                raise errors.purpose_missing()
            held = self.terms.get((by.organisation, by.role), ())
            return tuple(rules.check_purpose(held, by.organisation, by.role, purpose, on, form))

        return self.remembered(("fitting", by.organisation, by.role, purpose, form, on), make)

    def scopes(self, by: Actor, purpose: str, form: str, on: date, population: str) -> Mapping[str, Scope]:
        """What the fitting grants allow of a population's resources. Raises what `fitting` raises."""
        return self.scope_of(self.fitting(by, purpose, form, on), population)

    def scope_of(self, terms: Collection[Terms], population: str) -> Mapping[str, Scope]:
        """What these grants, which must be of this rulebook, allow together of a population's resources."""

        def make() -> Mapping[str, Scope]:
            known = self.feeds.get(population, {})
            return rules.scopes(terms, {code: kinds_of(feed.fields) for code, feed in known.items()})

        return self.remembered(("scope", population, tuple(each.number for each in terms)), make)

    def choosing(self, population: str) -> Mapping[str, Rule]:
        """How a population's base library chooses among values."""
        return self.remembered(("choosing", population), lambda: rules_of_code(population))

    @property
    def places(self) -> tuple[str, ...]:
        """The populations of places."""
        return tuple(sorted(code for code, kind in self.kinds.items() if kind == Population.Kind.PLACE))

    @property
    def households(self) -> frozenset[tuple[str, str]]:
        """(resource, field) of the numbers by which registers keep households."""
        return self.remembered(
            ("households",),
            lambda: frozenset((each.resource, each.number) for each in declared.rules() if each.number),
        )

    def population_of(self, resource: str) -> str:
        """The population a resource's rows are about; "" when there is none."""
        return next((code for code, known in self.feeds.items() if resource in known), "")

    def remembered(self, asked: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` makes of this rulebook, made once. asked: everything it depends on besides the rulebook; what it
        raises is raised every time."""
        found: Made | None = self._remembered.get(asked)
        if found is None:
            found = make()
            if len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[asked] = found
        return found


_lock = threading.Lock()
_held: tuple[str, Rulebook] | None = None


def current() -> Rulebook:
    """The rulebook as it stands now. One small query; about ten more when something changed."""
    return at(changes.version())


def at(version: changes.Version) -> Rulebook:
    """The rulebook of a version that was read just now, or of a later one."""
    global _held
    place = str(connection.settings_dict["NAME"])
    held = _held
    if held is not None and held[0] == place and held[1].version == version:
        return held[1]
    with _lock:
        held = _held
        if held is None or held[0] != place or held[1].version != version:
            held = _held = (place, _read(place))
    return held[1]


def held() -> Rulebook | None:
    """The rulebook read last, whatever happened since; the gateway checks its version before it answers by it."""
    return _held[1] if _held else None


def forget() -> None:
    """Read again when next asked."""
    global _held
    _held = None


def _read(place: str) -> Rulebook:
    # The version first: what is read after it is at least as new, and anything newer is noticed by the next look.
    version = changes.version()
    terms: dict[tuple[str, str], list[Terms]] = defaultdict(list)
    for grant in Grant.objects.select_related("organisation", "role", "resource").prefetch_related(
        "purposes"
    ):
        each = as_terms(grant)
        terms[(each.organisation, each.role)].append(each)
    known = feeds()
    by_population: dict[str, dict[str, Feed]] = defaultdict(dict)
    for code, population in Resource.objects.exclude(population="").values_list("code", "population"):
        if code in known:
            by_population[population][code] = known[code]
    statements = {}
    for statement in Statement.objects.filter(active=True).select_related("resource"):
        feed = known.get(statement.resource.code)
        if feed is not None:
            statements[statement.code] = read_assertion(statement, feed)
    return Rulebook(
        version=version,
        terms={key: tuple(found) for key, found in terms.items()},
        purposes={
            each.code: Text(each.name, each.name_en or each.name)
            for each in Purpose.objects.filter(active=True)
        },
        kinds=dict(Population.objects.values_list("code", "kind")),
        feeds={population: dict(sorted(found.items())) for population, found in by_population.items()},
        statements=statements,
        keys=_keys(),
    )


def sealed_for(key_id: str) -> str:
    """What a client's sealed secret is bound to."""
    return f"client-key:{key_id}"


def _keys() -> dict[str, KeyOnFile]:
    organisations = set(Organisation.objects.filter(active=True).values_list("code", flat=True))
    permissions = dict(Role.objects.values_list("code", "permissions"))
    found = {}
    for key in ClientKey.objects.select_related("client__organisation", "client__role"):
        client = key.client
        by = Actor(
            username=f"@client:{client.code}",
            name=client.name,
            organisation=client.organisation.code,
            role=client.role.code,
            permissions=frozenset(permissions.get(client.role.code, ())),
        )
        good = client.active and client.revoked_at is None and key.revoked_at is None
        secret = bytes(key.key)
        if key.method == ClientKey.Method.HMAC:
            try:
                secret = unseal(sealed_for(key.key_id), secret)
            except HouseError:  # sealed by another installation, or altered: it is good for nothing
                good, secret = False, b""
        found[key.key_id] = KeyOnFile(
            key_id=key.key_id,
            method=key.method,
            secret=secret,
            client=client.code,
            by=by,
            good=good and by.organisation in organisations,
            valid_until=key.valid_until.timestamp() if key.valid_until else None,
            expires_on=client.expires_on,
            limit=client.quota_per_day,
        )
    return found
