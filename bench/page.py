"""The dossier page as a browser gets it: authorised, masked, on the ledger, rendered. Whole requests, in one process.

Floor: the health page through the same middleware, which reads and renders nothing.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import date
from typing import Any

from bench.dossier import in_a_process, percentile, populate, row, serve, timed

SIZES = {"small": 20_000, "full": 200_000}


def run(size: str) -> list[dict[str, Any]]:
    """Rows of name, size, value, unit, floor, peer, ratio_to_floor, ratio_to_peer; above 1 means ahead."""
    return in_a_process("bench.page", size)


def main(size: str) -> list[dict[str, Any]]:
    """In the benchmark's own process."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    people = SIZES[size]
    populate(people)
    serve(people)
    from tongchou.accounts.models import Membership, Organisation, Role, User
    from tongchou.catalogue.models import Resource
    from tongchou.exchange.models import Grant, Purpose
    from tongchou.pool import queries

    hall = Organisation.objects.create(code="hall", name="行政服务中心", level="district", kind="hall")
    rights = ["dossier.search", "dossier.read", "dossier.reveal"]
    role = Role.objects.create(code="clerk", name="窗口", desk="clerk", permissions=rights)
    user = User.objects.create(username="clerk", name="窗口")
    Membership.objects.create(user=user, role=role, organisation=hall)
    purpose = Purpose.objects.create(code="relief", name="救助核对")
    for number, resource in enumerate(Resource.objects.all()):
        grant = Grant.objects.create(
            number=f"G-{number}", organisation=hall, role=role, resource=resource, fields=["*"], unmasked=["*"],
            until=date(2099, 1, 1), granted_by="bench",
        )  # fmt: skip
        grant.purposes.set([purpose])
    client = Client()
    client.force_login(user)
    client.post("/purpose/", {"purpose": "relief"})
    picked = random.Random(7)
    ids = []
    while len(ids) < 300:
        ids += queries.find("phone", f"138{picked.randrange(people):08}")

    def opened(subject_id: str) -> None:
        answer = client.get(f"/dossiers/{subject_id}/")
        assert answer.status_code == 200, answer.status_code

    ours = timed(opened, ids)
    floor = timed(lambda _: client.get("/healthz"), ids)
    return [
        row(name, people, percentile(ours, share), "ms", percentile(floor, share), None)
        for name, share in (("dossier page p50", 0.5), ("dossier page p95", 0.95))
    ]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else "small")))
