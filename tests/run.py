"""`make test`: the whole suite on SQLite, and at the same time what bears data on a PostgreSQL server of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PROJECT = Path(__file__).resolve().parent.parent

#: What is run again on PostgreSQL: whatever writes or reads the control database's data. Tests about files, packs,
#: processes and what DuckDB derives say so themselves (`any_database`): the database beneath makes no difference to
#: them. Screens are asked for there by one journey, every one of them (`test_every_screen.py`).
ON_POSTGRES = ["tests/actions", "tests/journeys", "-m", "not browser and not any_database"]

#: Pytest's exit code when it has run and tests failed.
TESTS_FAILED = 1
#: So many failures of a round are tried a second time; more of them are no accident.
FEW = 3


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _as_nobody(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: run its programs as another user when we are root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A PostgreSQL server of this run on a private port; yields its URL and removes it afterwards.

    durable: write through to the disk at each commit, as a real one does; tests need not.
    """
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not homes:
        raise SystemExit("No PostgreSQL server: run tests/system-packages.sh.")
    folder = Path(tempfile.mkdtemp(prefix="tongchou-pg-"))
    folder.chmod(0o755)
    data, port = folder / "data", _free_port()
    who = _as_nobody(folder)
    quiet = {"stdout": subprocess.DEVNULL, "check": True, "cwd": folder}
    subprocess.run(
        [homes[-1] / "initdb", "-D", data, "-U", "tongchou", "--auth=trust", "-E", "UTF8", "--no-sync"],
        **who,
        **quiet,
    )
    # Nothing of a test run outlives it, so nothing waits for the disk; a benchmark must.
    kept = "on" if durable else "off"
    care = " ".join(f"-c {each}={kept}" for each in ("fsync", "full_page_writes", "synchronous_commit"))
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {care}"
    try:
        subprocess.run(
            [homes[-1] / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"],
            **who,
            **quiet,
        )
        yield f"postgresql://tongchou@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [homes[-1] / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **who, cwd=folder, check=False
        )
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def pytest(
    arguments: list[str], output: IO[bytes] | None = None, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Pytest in a process and data folder of its own; it is ended when the block ends."""
    with tempfile.TemporaryDirectory(prefix="tongchou-test-") as data:
        env = {**os.environ, "TONGCHOU_DATA": data, **environment}
        # Hundreds of processes are started: each would translate the whole product anew.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["TONGCHOU_NICE"] = "0"  # whoever loads and links would wait for every other test
        command = [sys.executable, "-m", "pytest", *arguments]
        with subprocess.Popen(command, cwd=PROJECT, env=env, stdout=output, stderr=output) as running:
            try:
                yield running
            finally:
                if running.poll() is None:
                    running.send_signal(signal.SIGINT)  # it ends its workers, and they what they serve
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        running.wait(timeout=30)
                    running.kill()


def second_try(arguments: list[str], code: int, cache: Path, **environment: str) -> int:
    """What a round has come to: its `code`, or that of its few failures tried once more, alone and one at a time.

    Hundreds of tests kill, race and wait on purpose; one that failed by the machine's moods must not hold up a sound
    change, and must not be forgotten either: it is named, with its failure above, and is to be mended.

    arguments: those of the round but for how it was spread. cache: its pytest cache folder, which says what failed.
    """
    told = cache / "v/cache/lastfailed"
    if code != TESTS_FAILED or not told.exists():
        return code
    failed = list(json.loads(told.read_text("utf-8")))
    if len(failed) > FEW:
        return code
    print(f"\nTried once more, alone: {', '.join(failed)}", flush=True)
    with pytest(
        ["-o", f"cache_dir={cache}", "--last-failed", "--last-failed-no-failures", "none", *arguments],
        **environment,
    ) as again:
        code = again.wait()
    if not code:
        print(
            "UNSTEADY: failed above and passed alone. Find out why and mend it:",
            *failed,
            sep="\n  ",
            flush=True,
        )
    return code


def _end(signum: int, _frame: object) -> None:
    """Told to stop, go through every `finally`: the server is stopped and folders are removed."""
    raise SystemExit(128 + signum)


def main() -> int:
    """Both rounds at once, for much of each is waiting; the first failure's code. Arguments are for pytest.

    What the round on PostgreSQL prints comes at the end, and what failed is tried again (`second_try`) after that.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    # As conftest schedules them, the long ones first. One process more than there are cores, for much is waiting; with
    # more, each takes the others' caches. The second round is the shorter one.
    cores = min(4, os.cpu_count() or 2)
    several = ["--dist", "loadfile", "--no-loadscope-reorder", "-n"]
    everything, data = sys.argv[1:], [*ON_POSTGRES, *sys.argv[1:]]
    with (
        tempfile.TemporaryFile() as told,
        tempfile.TemporaryDirectory(prefix="tongchou-failed-") as folder,
        postgres() as url,
    ):
        caches = [Path(folder, "sqlite"), Path(folder, "postgres")]
        kept = [["-o", f"cache_dir={cache}"] for cache in caches]
        with (
            pytest([*several, str(cores), *kept[0], *everything]) as first,
            pytest(
                [*several, str(max(1, cores // 2)), *kept[1], *data], told, TONGCHOU_DATABASE=url
            ) as second,
        ):
            codes = [first.wait(), second.wait()]
        print("\nAgain on PostgreSQL: what bears data", flush=True)
        told.seek(0)
        shutil.copyfileobj(told, sys.stdout.buffer)
        sys.stdout.flush()
        codes = [
            second_try(everything, codes[0], caches[0]),
            second_try(data, codes[1], caches[1], TONGCHOU_DATABASE=url),
        ]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    raise SystemExit(main())
