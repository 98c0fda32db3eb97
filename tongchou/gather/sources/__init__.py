"""Sources 数据源: how each kind of department system is reached. One folder per kind, all alike.

A connector is a package with five functions (`items.Connector` says what each takes and gives):

`check(settings)`                     every problem with the settings at once, as HouseErrors
`discover(settings, locator)`         the items it has for a resource, in loading order, with a digest each
`take(settings, locator, item, …)`    the item's bytes into the raw layer, before anything looks into them
`read(settings, locator, raw, …)`     headings and batches of text rows out of the raw layer, resumable
`beside(settings, locator, item, …)`  the files that came along with the rows (scans, certificates), None without

Reading works on what was taken, never on the source itself: what is loaded is what is kept, and a load that
was killed goes on where it stopped even if the department has replaced its file meanwhile. A connector
decides nothing about values: a cell is text, a row has the number a person sees, what cannot be split into
columns is handed on as refused with the reason.

`files` reads CSV, TSV and workbooks; `sqlite` a table or view of an SQLite database; `broken` fails where
it is told to, for tests and rehearsals. A new connector is a new folder; packs may name it once its code stands in
the schema of sources (`config/packs/schemas/sources.json`), of which a house test reminds.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import cast

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .items import Batch, Connector, Flag, Item, Position, Reading, Refused

CONNECTORS = tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if each.ispkg))
"""Codes of the connectors, as packs name them: the folders here."""

__all__ = ["CONNECTORS", "Batch", "Connector", "Flag", "Item", "Position", "Reading", "Refused", "connector"]


def connector(code: str) -> Connector:
    """The connector of that code. Raises HouseError "gather.unknown_connector"."""
    if code not in CONNECTORS:
        raise HouseError(
            "gather.unknown_connector",
            Text("没有这种数据源连接方式。", "There is no such kind of source."),
            Text(f"可用的有：{'、'.join(CONNECTORS)}。", f"There are: {', '.join(CONNECTORS)}."),
            code,
        )
    return cast(Connector, import_module(f"{__name__}.{code}"))
