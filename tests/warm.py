"""Commands of `tongchou` forked off a process that has read the libraries already.

Journeys run hundreds of commands, and a second of each goes by while Python reads Django, DuckDB and their like. Here
every command still is a process of its own, with its own environment, folder, output and status; it reads the product,
sets Django up and opens its database itself. What is spared is reading the libraries again. Servers, and commands that
are begun in order to be killed, start from nothing (`House.begin`).
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

PROJECT = Path(__file__).resolve().parent.parent
_LARGEST = 1 << 18  # bytes of a request: the environment is most of it
#: What commands read before they do anything. None of it looks at the environment of a command.
_LIBRARIES = (
    "argon2", "asyncio", "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.ciphers.aead", "cryptography.hazmat.primitives.serialization", "deltalake",
    "django.core.management.commands.migrate", "django.core.serializers.json", "django.core.validators",
    "django.db.backends.postgresql.base", "django.db.backends.sqlite3.base", "django.db.migrations.executor",
    "django.db.models.sql.compiler", "django.forms", "django.middleware.csrf", "django.template.loader_tags",
    "django.urls", "django.views.debug", "django.views.generic", "duckdb", "fastexcel", "http.server", "jsonschema",
    "multiprocessing.spawn", "numpy.ma", "numpy.random", "opencc", "openpyxl", "orjson", "psycopg",
    "pyarrow.compute", "pyarrow.csv", "pyarrow.parquet", "pydantic.type_adapter", "pypinyin", "rapidfuzz",
    "rich.console", "rich.progress", "rich.table", "rich.traceback", "sqlite3", "tantivy", "typer.rich_utils",
    "urllib.request", "xlsxwriter", "yaml", "zoneinfo", "zstandard",
)  # fmt: skip


def run(
    arguments: Sequence[str], environment: Mapping[str, str], code: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `tongchou …` to its end, or with `code` those lines of Python."""
    ours, theirs = socket.socketpair()
    asked = {
        "arguments": list(arguments),
        "environment": dict(environment),
        "folder": str(PROJECT),
        "code": code,
    }
    with ours, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        with theirs:
            socket.send_fds(
                _source(), [json.dumps(asked).encode()], [output.fileno(), errors.fileno(), theirs.fileno()]
            )
        status = ours.recv(16)
        assert status, "the command's process is gone"
        said = []
        for file in (output, errors):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(["tongchou", *arguments], int(status), *said)


_PROGRAM = """#!{python} -S
import json, os, socket, sys
ours, theirs = socket.socketpair()
asked = dict(arguments=sys.argv[1:], environment=dict(os.environ), folder=os.getcwd(), code=None)
socket.send_fds(socket.socket(fileno={source}), [json.dumps(asked).encode()], [1, 2, theirs.fileno()])
theirs.close()
sys.exit(int(ours.recv(16)) % 256)
"""


def program(path: Path) -> int:
    """Write `tongchou` as a program that scripts can run. Returns the file they must be given (`pass_fds`)."""
    source = _source().fileno()
    path.write_text(_PROGRAM.format(python=sys.executable, source=source))
    path.chmod(0o755)
    return source


@cache
def _source() -> socket.socket:
    """Where commands are asked for; the process behind it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())], cwd=PROJECT, pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def end() -> None:
        ours.close()
        process.wait(timeout=30)

    atexit.register(end)
    return ours


def _asked(source: socket.socket) -> dict[str, object]:
    """Wait for commands, forking for each; returns in the process that is to become the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, files, _, _ = socket.recv_fds(source, _LARGEST, 3)
        if not message:
            os._exit(0)
        if os.fork():
            for each in files:
                os.close(each)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        source.close()
        output, errors, told = files
        if command := os.fork():
            # This one waits, to tell how the command ended.
            _, status = os.waitpid(command, 0)
            with contextlib.suppress(OSError):
                os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
            os._exit(0)
        os.dup2(output, 1)
        os.dup2(errors, 2)
        for each in files:
            os.close(each)
        found: dict[str, object] = json.loads(message)
        return found


def _become(command: dict[str, object]) -> NoReturn:
    """Run the command, and end as Python would but for taking every library apart, which takes a third of a second."""
    status: object = 0
    try:
        _do(command)
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


def _do(command: dict[str, object]) -> None:
    os.environ.clear()
    os.environ.update(command["environment"])  # type: ignore[call-overload]
    os.chdir(str(command["folder"]))
    sys.argv = ["tongchou", *command["arguments"]]  # type: ignore[misc]
    if command["code"] is None:
        runpy.run_module("tongchou.config.cli", run_name="__main__", alter_sys=True)
    else:
        exec(str(command["code"]), {"__name__": "__main__"})


if __name__ == "__main__":
    # Whatever reads settings fails here, instead of keeping this process's settings for every command.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    for name in _LIBRARIES:
        importlib.import_module(name)
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        wanted = _asked(asking)
    _become(wanted)
