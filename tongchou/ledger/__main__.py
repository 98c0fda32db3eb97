"""Checks a copy of a ledger or a receipt, with nothing of Tongchou running: no database, no settings, no
Django.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tongchou.standards.errors import HouseError

from .commands import Printed, check_receipt, verify_copy
from .findings import Report


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 sound, 1 something is wrong with what was checked, 2 it could not be checked."""
    parser = argparse.ArgumentParser(prog="python -m tongchou.ledger", description=__doc__)
    parser.add_argument("--language", choices=("zh", "en"), default="zh")
    parser.add_argument("--json", action="store_true", help="print the report for machines")
    commands = parser.add_subparsers(dest="command", required=True)
    copy = commands.add_parser("verify-export", help="check an exported copy")
    copy.add_argument("folder", type=Path)
    copy.add_argument(
        "--key", type=Path, help="file with the ledger's public keys (default: those in the copy)"
    )
    copy.add_argument(
        "--head", type=Path, action="append", default=[], help="a signed head known from elsewhere"
    )
    paper = commands.add_parser("verify-receipt", help="check a receipt")
    paper.add_argument("file", type=Path)
    paper.add_argument("--key", type=Path, required=True, help="file with the ledger's public keys")
    given = parser.parse_args(arguments)
    try:
        result: Report | Printed
        if given.command == "verify-export":
            result = verify_copy(given.folder, heads=given.head, key=given.key)
        else:
            result = check_receipt(given.file, key=given.key)
    except HouseError as failure:
        print(failure.say(given.language), file=sys.stderr)
        return 1 if failure.code in ("ledger.receipt_false", "ledger.receipt_unsigned") else 2
    if given.json:
        print(json.dumps(result.as_json(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(result.lines(given.language)))
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
