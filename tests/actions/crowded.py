"""A district with a crowd of invented residents, and grants to use them in bulk."""

from __future__ import annotations

import csv
import io
import random
from datetime import date
from pathlib import Path

from django.conf import settings

from tests import district
from tests.prepared import prepare
from tongchou.accounts.actor import Actor
from tongchou.exchange import work
from tongchou.exchange.actions import batch
from tongchou.exchange.models import Export, Grant
from tongchou.standards.identity import check_character

ROADS = ("汾江中路", "人民路", "祖庙路", "季华五路", "岭南大道", "文沙路")
SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)


def residents(number: int, seed: int = 1) -> list[dict[str, str | None]]:
    """Invented residents; their numbers are valid and nobody's."""
    draw = random.Random(seed)
    rows: list[dict[str, str | None]] = []
    for place in range(number):
        born = date.fromordinal(date(1940, 1, 1).toordinal() + draw.randrange(28_000))
        body = f"44060{draw.choice('4567')}{born:%Y%m%d}{draw.randrange(1000):03d}"
        given = "".join(chr(0x5000 + draw.randrange(2500)) for _ in range(draw.choice((1, 2, 2))))
        moved = date.fromordinal(date(2000, 1, 1).toordinal() + draw.randrange(9_000))
        rows.append(
            {
                "record_no": f"R{place:07d}",
                "name": draw.choice(SURNAMES) + given,
                "id_number": body + check_character(body),
                "birth_date": born.isoformat(),
                "sex": draw.choice("12"),
                "address": f"佛山市禅城区祖庙街道{draw.choice(ROADS)}{draw.randrange(1, 300)}号{draw.randrange(1, 30)}座"
                f"{draw.randrange(100, 2000)}房",
                "moved_in_on": moved.isoformat(),
            }
        )
    return rows


def founded(number: int = 1200) -> dict[str, Actor]:
    """The cast, with so many residents gathered and linked to nobody yet."""

    def make() -> None:
        district.cast()
        district.resources()
        district.deliver("ps.residents", residents(number), date(2026, 11, 1))

    prepare(f"crowd of {number}", make, Path(settings.TONGCHOU_DATA))
    return district.cast()


def bulk_grant(number: str = "G-BULK", resource: str = "ps.residents", **more: object) -> Grant:
    """A grant to the hall's clerks in all bulk forms."""
    after = {key: more.pop(key) for key in ("rows", "masking", "needs_case", "forms") if key in more}
    made = district.grant(resource, number=number, **more)  # type: ignore[arg-type]
    made.forms = after.pop("forms", ["query", "batch", "subscribe", "aggregate"])
    for key, value in after.items():
        setattr(made, key, value)
    made.save()
    return made


def exported(by: Actor, **more: object) -> Export:
    """An export, made."""
    found = batch.export(**{"by": by, "grant": "G-BULK", "purpose": "relief_check", **more})  # type: ignore[arg-type]
    work.run_all(by=Actor.house("tests"))
    found.refresh_from_db()
    assert found.state == "done", found.error
    return found


def saved(by: Actor, export: Export, folder: Path) -> Path:
    """Its file, fetched."""
    return batch.download(by=by, number=export.number).save(folder)


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def write(path: Path, rows: list[dict[str, str]], columns: list[str] | None = None) -> Path:
    """Rows as a CSV somebody else might write, of some columns under other names."""
    chosen = columns or list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"列{place}" for place in range(len(chosen))])
        writer.writerows([[row[each] for each in chosen] for row in rows])
    return path
