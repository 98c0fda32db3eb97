"""`tongchou backup` and `tongchou restore`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from .output import AsJson, console, language, print_json, progress, step

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        help="File whose first line is the passphrase; else TONGCHOU_BACKUP_PASSPHRASE, else you are asked."
    ),
]


def _passphrase(file: Path | None, *, twice: bool) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").splitlines()[0].strip()
    named = os.environ.get("TONGCHOU_BACKUP_PASSPHRASE", "")
    return named or typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True)


def backup(
    folder: Annotated[
        Path, typer.Argument(help="A new folder; one an interrupted backup left is gone on with.")
    ],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Also the secret keys, sealed under a passphrase.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    json: AsJson = False,
) -> None:
    """Copy the whole installation, of one moment, while it runs; `tongchou restore` proves and restores it."""
    from .start import operator, start

    start()
    from tongchou.config.backup.making import back_up

    passphrase = _passphrase(passphrase_file, twice=True) if with_keys else None
    with progress(quiet=json) as report:
        made = back_up(by=operator(), folder=folder, passphrase=passphrase, progress=report)
    size = sum(each.size for each in made.files)
    if json:
        print_json({"folder": str(folder), "files": len(made.files), "bytes": size, "made_at": made.made_at})
        return
    console.print(f"{len(made.files):,} files, {size / 1e6:,.1f} MB in {folder}, of {made.made_at}")
    if not with_keys:
        step("Without secret keys: keep a copy of the folder keys/ apart; a restore needs it.")


def restore(
    folder: Annotated[Path, typer.Argument(help="What `tongchou backup` wrote.")],
    passphrase_file: PassphraseFile = None,
    new_keys: Annotated[
        bool, typer.Option("--new-keys", help="Go on without the former secret keys, which are lost.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Restore a backup into the empty data folder (and database) of the settings; its ledger is verified."""
    from tongchou.config import environment
    from tongchou.config.backup import restoring

    root = environment.data_root()
    postgres = bool(os.environ.get("TONGCHOU_DATABASE", "").strip())
    with progress(quiet=json) as report:
        manifest = restoring.check(folder, root, postgres=postgres, progress=report)
    wanted = manifest.sealed and not new_keys
    passphrase = _passphrase(passphrase_file, twice=False) if wanted else None
    with progress(quiet=json) as report, restoring.undone_on_failure(root, manifest):
        restoring.lay_down(folder, root, manifest, passphrase=passphrase, new_keys=new_keys, progress=report)
        import django

        django.setup()
        found = restoring.finish(folder, manifest, progress=report)
    if json:
        print_json({"made_at": manifest.made_at, "files": len(manifest.files), "ledger": found.as_json()})
    else:
        for line in found.lines(language()):
            console.print(line, soft_wrap=True, markup=False)
        step(f"Restored as of {manifest.made_at}. Next: tongchou check, tongchou serve")
    if not found.ok:
        raise typer.Exit(1)
