"""The record log of one resource: everything that was ever delivered of it, and when it was true and known.

Each row says of one key, from `_valid_from` on (and before `_valid_to`, when that is set): these are its
values (`_op` = put), or it is no more (`end`). What is said later holds against what was said earlier, for
the time it speaks of. So the state on a day, as known at an instant, is for each key the row recorded last
among those recorded by the instant whose time holds the day (ADR 3). `_recorded_at` is the same for all
rows of a delivery and greater than in every delivery before.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
from deltalake import CommitProperties

from . import commits, removal, states
from .commits import SYSTEM_COLUMNS, NewFile
from .connection import connect, file_list, name, one, quote, rows
from .locks import writing
from .notes import Appended, DeliveryNote, digest_form, digest_sql, hash_sql, read_note

__all__ = ["Appended", "DeliveryNote", "RecordLog", "digest_form", "digest_sql", "hash_sql"]

_COMPARISONS = 100_000_000
"""Above so many (vanished key, unreadable row) pairs nothing is ended: the delivery is too broken to say."""
_COMPRESSION = "COMPRESSION zstd, COMPRESSION_LEVEL 1"


class RecordLog:
    """The log of one resource. Opening one reads nothing; every question reads the table as it is then.

    root: the data folder. code: of the resource. fields: the resource's fields now; a field the log does
    not know yet reads as null, one it has from earlier can still be asked for.
    """

    def __init__(self, root: Path, code: str, fields: Sequence[str]) -> None:
        self.root = root
        self.code = code
        self.fields = tuple(fields)
        self.folder = root / "pool" / "log" / code

    # ── writing ──────────

    def order(self) -> tuple[str, ...]:
        """The log's fields in digest order: those it has, then those new to it."""
        known = commits.field_names(commits.read_table(self.folder))
        return (*known, *(each for each in self.fields if each not in known))

    def has(self, delivery: str) -> bool:
        """Whether the delivery was committed."""
        return commits.is_committed(commits.read_table(self.folder), delivery)

    def next_recorded_at(self) -> datetime:
        """An instant after that of every delivery so far: now, unless the clock went back."""
        last = max((note.recorded_at for note in self.deliveries()), default=None)
        now = datetime.now(UTC)
        return now if last is None or now > last else last + timedelta(microseconds=1)

    def append(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        parts: Sequence[Path],
        note: DeliveryNote,
        held: str | None = None,
        unreadable: str | None = None,
    ) -> Appended:
        """Make a delivery part of the log, what it changes and nothing else, all or nothing.

        parts: Parquet files with the log's columns, one row per key (`_valid_to`, `_recorded_at` and `_op`
        are set here when the log is not empty). note: `recorded_at` must come from `next_recorded_at`,
        under the resource's lock. held: SQL giving the keys (`_key`) of rows in quarantine, which have not
        ended though they are not in `parts`. unreadable: SQL giving the texts (`raw`) of rows nobody could
        read; a key that stands in one has not ended either. Appending the same delivery again changes
        nothing and answers its counts.
        """
        table = commits.open_table(self.folder)
        if commits.is_committed(table, note.delivery):
            found = next(each for each in self.deliveries() if each.delivery == note.delivery)
            return Appended(
                **{k: found.counts[k] for k in ("new", "changed", "unchanged", "ended")},
                recorded_at=found.recorded_at,
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        order = self.order()
        form = digest_form(order)
        alike = all(each.form == form for each in self.deliveries())
        columns = ("_key", "_digest") if alike else ("_key", *order)
        # A full delivery is compared with all there is; an increment with what it brings.
        among = f"SELECT _key FROM {_source(parts, self.fields)}" if note.mode != "full" else None
        state = self.current_sql(columns, among=among) if self.files() else None
        following = [each.delivered_on for each in self.deliveries() if each.delivered_on > note.delivered_on]
        late_until = min(following, default=None)
        if late_until is not None:
            state = self.as_of_sql(note.delivered_on, note.recorded_at, columns, among=among)
        if state is not None and not alike:
            state = f"SELECT _key, {digest_sql(order, order)} AS _digest FROM ({state})"
        if state is None:
            files = [self._adopt(part, note.delivery, index) for index, part in enumerate(parts)]
            counts = {"new": sum(each.rows for each in files), "changed": 0, "unchanged": 0, "ended": 0}
        else:
            files, counts = self._difference(connection, parts, state, note, held, unreadable, late_until)
        counts["put"] = counts["new"] + counts["changed"]
        whole = replace(note, counts=counts, late_until=late_until, form=form)
        self._write_note(whole)
        commits.commit(self.folder, order, files, note.delivery, int(note.recorded_at.timestamp() * 1000))
        return Appended(
            counts["new"], counts["changed"], counts["unchanged"], counts["ended"], note.recorded_at
        )

    def note_unchanged(self, note: DeliveryNote) -> None:
        """Record that a delivery brought nothing new, without looking into it. Under the resource's lock."""
        self._write_note(note)
        commits.commit(self.folder, self.order(), [], note.delivery, int(note.recorded_at.timestamp() * 1000))

    def _adopt(self, part: Path, delivery: str, index: int) -> NewFile:
        """A finished part as a file of the log, without copying where the disk allows a second name for
        it."""
        target = self.folder / f"part-{delivery}-{index:05}.parquet"
        target.unlink(missing_ok=True)
        try:
            os.link(part, target)
        except OSError:
            target.write_bytes(part.read_bytes())
        return NewFile(target.name, target.stat().st_size, _rows(target))

    def _difference(
        self,
        connection: duckdb.DuckDBPyConnection,
        parts: Sequence[Path],
        state: str,
        note: DeliveryNote,
        held: str | None,
        unreadable: str | None,
        late_until: date | None,
    ) -> tuple[list[NewFile], dict[str, int]]:
        """Write what differs from `state` into the log's folder. Returns the files and the counts."""
        rows(connection, f"CREATE OR REPLACE TEMP TABLE state AS {state}")
        source = _source(parts, self.fields)
        rows(
            connection,
            f"""CREATE OR REPLACE TEMP TABLE differing AS
            SELECT n._key, s._key IS NULL AS is_new, n._digest IS DISTINCT FROM s._digest AS differs
            FROM (SELECT _key, _digest FROM {source}) n LEFT JOIN state s ON n._key = s._key""",
        )
        new, changed, unchanged = one(
            connection,
            """SELECT count(*) FILTER (is_new), count(*) FILTER (NOT is_new AND differs),
            count(*) FILTER (NOT differs) FROM differing""",
        )
        recorded = f"TIMESTAMPTZ {quote(note.recorded_at.isoformat())}"
        until = f"DATE '{late_until}'" if late_until else "NULL::DATE"
        # A late delivery speaks of its own day on, not of the years before: newer knowledge covers those.
        since = f"DATE '{note.delivered_on}'" if late_until else "_valid_from"
        files: list[NewFile] = []
        given = self.fields
        if new + changed:
            target = self.folder / f"part-{note.delivery}-put.parquet"
            columns = ", ".join(name(each) for each in given)
            rows(
                connection,
                f"""COPY (SELECT _key, 'put' AS _op, {since} AS _valid_from, {until} AS _valid_to,
                    {recorded} AS _recorded_at, _digest, _failures, _delivery, _row, {columns}
                FROM {source} WHERE _key IN (SELECT _key FROM differing WHERE differs))
                TO {quote(str(target))} (FORMAT parquet, {_COMPRESSION})""",
            )
            files.append(NewFile(target.name, target.stat().st_size, _rows(target)))
        ended = 0
        if note.mode == "full":
            ended = _ending(connection, held, unreadable)
        if ended:
            target = self.folder / f"part-{note.delivery}-end.parquet"
            empty = ", ".join(f"NULL::VARCHAR AS {name(each)}" for each in given)
            rows(
                connection,
                f"""COPY (SELECT _key, 'end' AS _op, DATE '{note.delivered_on}' AS _valid_from,
                    {until} AS _valid_to,
                    {recorded} AS _recorded_at, NULL::VARCHAR AS _digest, 0::BIGINT AS _failures,
                    {quote(note.delivery)} AS _delivery, NULL::BIGINT AS _row, {empty} FROM ending)
                TO {quote(str(target))} (FORMAT parquet, {_COMPRESSION})""",
            )
            files.append(NewFile(target.name, target.stat().st_size, ended))
        for each in ("state", "differing", "ending"):
            rows(connection, f"DROP TABLE IF EXISTS {each}")
        return files, {"new": new, "changed": changed, "unchanged": unchanged, "ended": ended}

    def _write_note(self, note: DeliveryNote) -> None:
        """Put the note beside the table; it counts only when the table has the delivery's transaction."""
        folder = self.folder / "_deliveries"
        folder.mkdir(exist_ok=True)
        unfinished = folder / f".{note.delivery}.tmp"
        unfinished.write_text(json.dumps(asdict(note), default=str, ensure_ascii=False), encoding="utf-8")
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(unfinished, folder / f"{note.delivery}.json")

    # ── reading ──────────

    def files(self) -> list[str]:
        """The data files of the log as it is now. They stay readable for a day after a compaction."""
        table = commits.read_table(self.folder)
        return sorted(str(self.folder / Path(each).name) for each in table.file_uris()) if table else []

    def deliveries(self) -> list[DeliveryNote]:
        """The committed deliveries, in the order in which they were recorded."""
        table = commits.read_table(self.folder)
        if table is None:
            return []
        notes = [read_note(path) for path in (self.folder / "_deliveries").glob("*.json")]
        return sorted(
            (each for each in notes if commits.is_committed(table, each.delivery)),
            key=lambda each: each.recorded_at,
        )

    def rows_sql(self, columns: Sequence[str] | None = None, files: Sequence[str] | None = None) -> str:
        """SQL for every row of the log, all versions. columns: system columns and fields; None for all. files: some
        of the log's, None for all."""
        wanted = columns or (*(each for each, _ in SYSTEM_COLUMNS), *self.fields)
        files = self.files() if files is None else list(files)
        known = {each for each, _ in SYSTEM_COLUMNS} | set(self.fields) if not files else set()
        known = known.union(*(states.footer(each).columns for each in files))
        selected = ", ".join(
            name(each) if each in known else f"NULL::VARCHAR AS {name(each)}" for each in wanted
        )
        if not files:
            return f"SELECT {selected} FROM {_nothing(self.fields)}"
        return f"SELECT {selected} FROM read_parquet({file_list(list(files))}, union_by_name = true)"

    def current_sql(self, columns: Sequence[str] | None = None, *, among: str | None = None) -> str:
        """SQL for what holds now, as known now: one row per key that has not ended. among: SQL giving the keys
        (`_key`) asked about, None for all."""
        return self.as_of_sql(None, None, columns, among=among)

    def as_of_sql(
        self,
        valid_on: date | None,
        known_at: datetime | None = None,
        columns: Sequence[str] | None = None,
        *,
        among: str | None = None,
    ) -> str:
        """SQL for what was true on `valid_on` as it was known at `known_at`. None: without end; now."""
        wanted = tuple(columns or (*(each for each, _ in SYSTEM_COLUMNS), *self.fields))
        known = known_at if known_at is None or known_at.tzinfo else known_at.replace(tzinfo=UTC)
        notes = self.deliveries()
        asked = states.Asked(valid_on, known, wanted, among, notes[0].recorded_at if notes else None)
        return states.state_sql(self.files(), asked, self.rows_sql)

    def history(self, key: str) -> list[dict[str, Any]]:
        """Every version of one key, oldest first, as mappings of column to value."""
        with connect(self.root) as connection:
            found = connection.sql(
                f"SELECT * FROM ({self.rows_sql()}) WHERE _key = {quote(key)} ORDER BY _recorded_at"
            )
            return list(found.to_arrow_table().to_pylist())

    def counts(self) -> dict[str, int]:
        """versions: rows of the log; current: keys that hold now; deliveries; files; bytes on disk."""
        files = self.files()
        with connect(self.root) as connection:
            versions = one(connection, f"SELECT count(*) FROM ({self.rows_sql(('_key',))})")[0]
            current = one(connection, f"SELECT count(*) FROM ({self.current_sql(('_key',))})")[0]
        return {
            "versions": versions,
            "current": current,
            "deliveries": len(self.deliveries()),
            "files": len(files),
            "bytes": sum(os.path.getsize(each) for each in files),
        }

    # ── upkeep ──────────

    def erase(self, keys: Sequence[str], mark: str, *, wait_seconds: float = 60.0) -> int:
        """Remove every version of these records for good, from old files and old table versions too (`removal`).

        mark: what for, letters, digits and "-". Returns how many rows went. Raises HouseError
        "gather.resource_busy" when a load still holds the log after `wait_seconds`.
        """
        with writing(self.root, self.code, wait_seconds=wait_seconds):
            at_ms = int(datetime.now(UTC).timestamp() * 1000)
            return removal.erase(self.root, self.folder, keys, mark, at_ms)

    def compact(self, *, target_mb: int = 256, keep_hours: int = 24) -> dict[str, int]:
        """Join small files and remove files no reader can hold any more; rows stay as they are.

        For the background: it waits for a load under way, and raises HouseError "gather.resource_busy" after
        ten minutes. keep_hours: how long a replaced or abandoned file stays for those who read it. Returns
        how many files were joined, and how many removed from disk.
        """
        with writing(self.root, self.code, wait_seconds=600):
            return self._compact(target_mb, keep_hours)

    def _compact(self, target_mb: int, keep_hours: int) -> dict[str, int]:
        table = commits.open_table(self.folder)
        if table is None:
            return {"joined": 0, "removed": 0}
        done = table.optimize.compact(
            target_size=target_mb << 20,
            commit_properties=CommitProperties(custom_metadata={"upkeep": "compact"}),
        )
        # full: also the files of loads that were killed, which no commit ever named
        removed = table.vacuum(
            retention_hours=keep_hours, dry_run=False, enforce_retention_duration=False, full=True
        )
        removed = [each for each in removed if not str(each).startswith("_deliveries")]
        table.create_checkpoint()
        return {"joined": int(done["numFilesRemoved"]), "removed": len(removed)}


def _ending(connection: duckdb.DuckDBPyConnection, held: str | None, unreadable: str | None) -> int:
    """Fill the table `ending` with the keys of `state` that a full delivery no longer holds. Returns how
    many."""
    kept_back = f"AND NOT EXISTS (FROM ({held}) h WHERE h._key = s._key)" if held else ""
    rows(
        connection,
        f"""CREATE OR REPLACE TEMP TABLE ending AS SELECT s._key FROM state s
        WHERE NOT EXISTS (FROM differing d WHERE d._key = s._key) {kept_back}""",
    )
    ended = int(one(connection, "SELECT count(*) FROM ending")[0])
    texts = one(connection, f"SELECT count(*) FROM ({unreadable})")[0] if unreadable else 0
    if ended and texts:
        if ended * texts > _COMPARISONS:
            rows(connection, "DELETE FROM ending")
        else:
            rows(
                connection,
                f"""DELETE FROM ending WHERE EXISTS (FROM ({unreadable}) t
                WHERE contains(t.raw, split_part(ending._key, chr(31), 1)))""",
            )
        ended = int(one(connection, "SELECT count(*) FROM ending")[0])
    return ended


def _source(parts: Sequence[Path], fields: Sequence[str]) -> str:
    """The rows of a delivery as a relation."""
    return f"read_parquet({file_list(list(parts))}, union_by_name = true)" if parts else _nothing(fields)


def _nothing(fields: Sequence[str]) -> str:
    """A relation with the log's columns and no rows."""
    kinds = {"string": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMPTZ", "long": "BIGINT"}
    columns = [f"NULL::{kinds[kind]} AS {name(each)}" for each, kind in SYSTEM_COLUMNS]
    columns += [f"NULL::VARCHAR AS {name(each)}" for each in fields]
    return f"(SELECT {', '.join(columns)} WHERE false)"


def _rows(path: Path) -> int:
    return int(pyarrow.parquet.read_metadata(path).num_rows)
