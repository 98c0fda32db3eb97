"""An installation of one journey alone, reached only by its command line: real processes, own folder, own database."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from tests import warm
from tests.installation import begin, run_command

T = TypeVar("T")


class House:
    """One installation. data: its folder; environment: of its commands."""

    def __init__(self, data: Path, environment: dict[str, str]) -> None:
        self.data, self.environment = data, environment

    def run(self, *arguments: str, ends: int | None = 0, **more: str) -> subprocess.CompletedProcess[str]:
        """`tongchou …`, which must end with that status (None: any). more: environment beside the installation's."""
        done = run_command({**self.environment, **more}, *arguments)
        assert ends is None or done.returncode == ends, (arguments, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def ask(self, *arguments: str, ends: int | None = 0) -> Any:
        """`tongchou … --json`, and what it answers."""
        return json.loads(self.run(*arguments, "--json", ends=ends).stdout)

    def begin(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Start `tongchou …` in a session of its own and do not wait for it."""
        return begin({**self.environment, **more}, *arguments)

    def python(self, code: str) -> str:
        """Run a few lines inside the installation, for states no command makes; what they print."""
        done = warm.run((), self.environment, f"from tongchou.config.cli.start import start; start()\n{code}")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def links(self, *arguments: str) -> dict[tuple[str, str], str]:
        """The exported links, (resource, source key) → subject; no record may stand in it twice."""
        file = self.data.parent / f"links-{uuid.uuid4().hex}.csv"
        self.run("link", "export", str(file), *arguments)
        with file.open(newline="", encoding="utf-8") as opened:
            rows = [(row["resource"], row["source_key"], row["subject_id"]) for row in csv.DictReader(opened)]
        found = {(resource, key): subject for resource, key, subject in rows}
        assert len(found) == len(rows)
        return found

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the control database, read beside the product. Places for values are written as %s."""
        url = self.environment.get("TONGCHOU_DATABASE", "")
        if url:
            import psycopg

            with psycopg.connect(url) as connection:
                return connection.execute(sql, values).fetchall()  # type: ignore[call-overload,no-any-return]
        import sqlite3

        with contextlib.closing(sqlite3.connect(self.data / "control.sqlite3", timeout=30)) as connection:
            return connection.execute(sql.replace("%s", "?"), values).fetchall()

    def change(self, sql: str, *values: object) -> None:
        """Change the control database behind the product's back."""
        url = self.environment.get("TONGCHOU_DATABASE", "")
        if url:
            import psycopg

            with psycopg.connect(url) as connection:
                connection.execute(sql, values)  # type: ignore[call-overload]
            return
        import sqlite3

        with contextlib.closing(sqlite3.connect(self.data / "control.sqlite3", timeout=30)) as connection:
            connection.execute(sql.replace("%s", "?"), values)
            connection.commit()


@contextlib.contextmanager
def house(folder: Path, *, fresh: bool = False, **more: str) -> Iterator[House]:
    """A new installation under `folder`; on PostgreSQL with a database of its own.

    fresh: its first command makes the tables, as on a new machine; otherwise they are copied, already made, which
    spares every journey a second or two.
    """
    data = folder / "data"
    environment = {
        "TONGCHOU_PROGRESS": "every",
        **os.environ,
        "TONGCHOU_DATA": str(data),
        "TONGCHOU_LANGUAGE": "en",
        "COLUMNS": "200",
        **more,
    }
    environment.pop("PYTEST_CURRENT_TEST", None)
    made = "" if fresh else tables()
    with _database(made) as url:
        if url:
            environment["TONGCHOU_DATABASE"] = url
        elif made:
            data.mkdir(parents=True)
            shutil.copyfile(made, data / "control.sqlite3")
        yield House(data, environment)


@contextlib.contextmanager
def filled_once(folder: Path, fill: Callable[[House], T]) -> Iterator[Callable[[House], T]]:
    """How to fill installations alike, with the files beside them: done once under `folder` and copied from there; on
    PostgreSQL, whose tables lie elsewhere, done for each. The copies return what `fill` returned."""
    if os.environ.get("TONGCHOU_DATABASE"):
        yield fill
        return
    with house(folder) as made:
        told = fill(made)

        def copied(other: House) -> T:
            there = other.data.parent
            shutil.copytree(folder, there, dirs_exist_ok=True)
            other.change(
                "UPDATE gather_source SET settings = replace(settings, %s, %s)", str(folder), str(there)
            )
            return told

        yield copied


@cache
def tables() -> str:
    """A control database with its tables, made once in a test process by `tongchou migrate`: a file, or on PostgreSQL
    the name of a database to copy."""
    folder = Path(tempfile.mkdtemp(prefix="tables-", dir=os.environ["TONGCHOU_DATA"]))
    url = os.environ.get("TONGCHOU_DATABASE", "")
    name = f"tables_{uuid.uuid4().hex}"
    environment = {**os.environ, "TONGCHOU_DATA": str(folder)}
    if url:
        _create(name)
        environment["TONGCHOU_DATABASE"] = f"{url.rsplit('/', 1)[0]}/{name}"
    done = run_command(environment, "migrate")
    assert done.returncode == 0, done.stderr
    return name if url else str(folder / "control.sqlite3")


@contextlib.contextmanager
def _database(template: str) -> Iterator[str]:
    url = os.environ.get("TONGCHOU_DATABASE", "")
    if not url:
        yield ""
        return
    name = f"journey_{uuid.uuid4().hex}"
    _create(name, template)
    try:
        yield f"{url.rsplit('/', 1)[0]}/{name}"
    finally:
        _command("DROP DATABASE {} WITH (FORCE)", name)


def _create(name: str, template: str = "") -> None:
    """Make a PostgreSQL database, as a copy of `template` where one is named."""
    if template:
        _command("CREATE DATABASE {} TEMPLATE {}", name, template)
    else:
        _command("CREATE DATABASE {}", name)


def _command(text: str, *names: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(os.environ["TONGCHOU_DATABASE"], autocommit=True) as connection:
        connection.execute(sql.SQL(text).format(*map(sql.Identifier, names)))


def table(
    file: Path, headings: Sequence[str], rows: Sequence[Sequence[str]], encoding: str = "utf-8"
) -> Path:
    """Write a CSV."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding=encoding) as opened:
        csv.writer(opened).writerows([headings, *rows])
    return file


def pack(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a pack."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
