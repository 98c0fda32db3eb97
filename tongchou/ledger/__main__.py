"""Checks a copy of a ledger or a receipt, with nothing of Tongchou running: no database, no settings, no
Django.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from tongchou.standards.errors import HouseError

from .commands import Printed, check_consistency, check_proof, check_receipt, verify_copy, witness
from .findings import Report

PAPERS = {
    "verify-receipt": "a receipt",
    "verify-consistency": "a consistency proof",
    "verify-proof": "a proof of what happened",
}
FALSE = {
    "ledger.receipt_false", "ledger.receipt_unsigned", "ledger.proof_false", "ledger.proof_unsigned",
    "ledger.too_few_witnesses", "ledger.split_view",
}  # fmt: skip
"""Errors that say that what was checked is wrong, not that it could not be checked."""


def _run(given: argparse.Namespace) -> Report | Printed:
    if given.command == "witness":
        return witness(of=given.of, state=given.state, name=given.name, key=given.key)
    believe = {"key": given.key, "witnesses": given.witnesses, "quorum": given.quorum}
    if given.command == "verify-export":
        return verify_copy(given.folder, heads=given.head, **believe)
    check = {
        "verify-receipt": check_receipt,
        "verify-consistency": check_consistency,
        "verify-proof": check_proof,
    }[given.command]
    return check(given.file, **believe)


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 sound, 1 something is wrong with what was checked, 2 it could not be checked."""
    parser = argparse.ArgumentParser(prog="python -m tongchou.ledger", description=__doc__)
    named = "en" if os.environ.get("TONGCHOU_LANGUAGE", "").lower().startswith("en") else "zh"
    parser.add_argument("--language", choices=("zh", "en"), default=named)
    parser.add_argument("--json", action="store_true", help="print the report for machines")
    commands = parser.add_subparsers(dest="command", required=True)
    believe = argparse.ArgumentParser(add_help=False)
    believe.add_argument("--witnesses", type=Path, help="file with the witnesses' public keys")
    believe.add_argument("--quorum", type=int, default=0, help="how many witnesses must have signed")
    copy = commands.add_parser("verify-export", parents=[believe], help="check an exported copy")
    copy.add_argument("folder", type=Path)
    copy.add_argument(
        "--key", type=Path, help="file with the ledger's public keys (default: those in the copy)"
    )
    copy.add_argument(
        "--head", type=Path, action="append", default=[], help="a signed head known from elsewhere"
    )
    for name, what in PAPERS.items():
        paper = commands.add_parser(name, parents=[believe], help=f"check {what}")
        paper.add_argument("file", type=Path)
        paper.add_argument("--key", type=Path, required=True, help="file with the ledger's public keys")
    watcher = commands.add_parser("witness", help="sign another node's head if it grew")
    watcher.add_argument("--of", required=True, help="address of the other node")
    watcher.add_argument("--state", type=Path, default=Path("witness"), help="this witness's own folder")
    watcher.add_argument("--key", type=Path, help="the other node's ledger.pub; needed the first time")
    watcher.add_argument("--name", default="", help="this witness's name; needed the first time")
    given = parser.parse_args(arguments)
    try:
        result = _run(given)
    except HouseError as failure:
        print(failure.say(given.language), file=sys.stderr)
        return 1 if failure.code in FALSE else 2
    if given.json:
        print(json.dumps(result.as_json(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(result.lines(given.language)))
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
