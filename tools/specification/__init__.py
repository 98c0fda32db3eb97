"""The reference pages made from the tables of `tests/spec`: what the product says now to each row.

The tests hold that it says what the row expects; these pages show how it says it on the screens, so that one table is
read by people, checked by the tests and kept up to date by `python -m tools.reference --check`.
"""

from __future__ import annotations

from collections.abc import Callable

from .limits import deadlines
from .linkage import addresses, kin, matching
from .rights import requests_and_grants
from .values import values

PAGES: dict[str, Callable[[], str]] = {
    "matching": matching,
    "kin": kin,
    "addresses": addresses,
    "deadlines": deadlines,
    "requests-and-grants": requests_and_grants,
    "values": values,
}
