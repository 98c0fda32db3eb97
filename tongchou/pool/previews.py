"""A glimpse of what a resource's columns look like, for its page in the catalogue."""

from __future__ import annotations

from tongchou.catalogue.models import ResourceField

from .engine.connection import connect, name, rows
from .engine.log import RecordLog
from .folders import data_root
from .models import Theme
from .plans import feeds

#: How many of a log's current rows are looked at for the values of its columns.
LOOKED_AT = 2000


def column_values(resource: str, *, count: int) -> dict[str, list[str]]:
    """Up to `count` different values of each field, drawn from each column on its own.

    The n-th values of two columns do not belong together: no line of a preview is about anybody. Empty when nothing
    was delivered yet.
    """
    feed = feeds().get(resource)
    if feed is None and not Theme.objects.filter(code=resource).exists():
        return {}
    described = ResourceField.objects.filter(resource__code=resource)
    fields = [each.name for each in feed.fields] if feed else list(described.values_list("name", flat=True))
    log = RecordLog(data_root(), resource, fields)
    if not log.files():
        return {}
    found: dict[str, list[str]] = {}
    with connect(data_root()) as connection:
        connection.execute(
            f"CREATE TEMP TABLE seen AS SELECT * FROM ({log.current_sql(fields)}) LIMIT {LOOKED_AT}"
        )
        for field in fields:
            column = name(field)
            sql = (
                f"SELECT {column} FROM (SELECT DISTINCT {column} FROM seen WHERE {column} IS NOT NULL)"
                f" ORDER BY hash({column} || '{field}') LIMIT {int(count)}"
            )
            found[field] = [str(row[0]) for row in rows(connection, sql)]
    return found
