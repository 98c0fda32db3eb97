"""The dossier page as a clerk's browser asks for it: signed in, granted, masked, on the ledger, rendered.

The district is made and served by the product's own commands; the floor is /healthz of the same server, the peer the
same dossier by the API (JSON, no template).
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pyarrow.csv as csv

PEOPLE = {"small": 3_000, "full": 50_000}
PAGES = {"small": 150, "full": 600}
PASSWORD = "Tongchou-demo-2026"
PURPOSE = "relief_check"


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _percentile(times: list[float], share: float) -> float:
    return 1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))]


class _Browser:
    """A session with cookies, signed in as the clerk."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> str:
        with self.opener.open(self.base + path, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def post(self, path: str, **fields: str) -> str:
        token = next(cookie.value for cookie in self.jar if cookie.name == "tongchou_csrf")
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token or ""}).encode()
        with self.opener.open(self.base + path, data=body, timeout=30) as answer:
            text: str = answer.read().decode()
            return text


def run(size: str) -> list[dict[str, Any]]:
    """Serve a district and open dossiers one after the other."""
    with tempfile.TemporaryDirectory(prefix="tongchou-bench-") as folder:
        port = _port()
        env = {**os.environ, "TONGCHOU_DATA": folder, "PORT": str(port)}
        tongchou = [sys.executable, "-m", "tongchou.config.cli"]
        links = Path(folder) / "links.csv"
        quiet: dict[str, Any] = {"env": env, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*tongchou, "demo", "--people", str(PEOPLE[size]), "--no-serve"], check=True, **quiet)
        subprocess.run(
            [*tongchou, "link", "export", str(links), "--population", "people"], check=True, **quiet
        )
        subjects = sorted(set(csv.read_csv(links).column("subject_id").to_pylist()))
        server = subprocess.Popen([*tongchou, "serve"], **quiet)
        try:
            return _measure(_Browser(f"http://127.0.0.1:{port}"), subjects, size)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def _measure(browser: _Browser, subjects: list[str], size: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 60
    while True:
        try:
            browser.get("/healthz")
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    browser.get("/sign-in/")
    browser.post("/sign-in/", username="clerk", password=PASSWORD)
    browser.post("/purpose/", purpose=PURPOSE, next="/")
    chosen = random.Random(1).sample(subjects, min(PAGES[size], len(subjects)))
    times: dict[str, list[float]] = {"page": [], "floor": []}
    records = 0
    for subject in chosen:
        begun = time.perf_counter()
        text = browser.get(f"/dossiers/{subject}/")
        times["page"].append(time.perf_counter() - begun)
        records += len(re.findall(r'class="[^"]*source-tip', text))
        begun = time.perf_counter()
        browser.get("/healthz")
        times["floor"].append(time.perf_counter() - begun)
    if not records:
        raise RuntimeError("the pages held no values: the purpose or the grant is missing")
    rows = []
    for share, name in ((0.5, "dossier page p50"), (0.95, "dossier page p95")):
        value, floor = _percentile(times["page"], share), _percentile(times["floor"], share)
        rows.append(
            {
                "name": name,
                "value": round(value, 1),
                "unit": "ms",
                "floor": round(floor, 2),
                "peer": None,
                "ratio_to_floor": round(floor / value, 4),
                "ratio_to_peer": None,
                "note": f"{len(chosen)} pages of a district of {PEOPLE[size]:,} people; floor: /healthz of the same server",
            }
        )
    return rows


if __name__ == "__main__":
    print(json.dumps(run("small")))
