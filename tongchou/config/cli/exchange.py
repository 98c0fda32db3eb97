"""`tongchou exchange`: keys for systems, a signed call to try them, the balance drawn again."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .output import console, errors, print_json

app = typer.Typer(
    no_args_is_help=True,
    help="The exchange: issue a system's key, try a signed call, draw the balance again.",
)


def keys_folder() -> Path:
    """Where keys issued on this machine lie."""
    from django.conf import settings

    folder: Path = settings.TONGCHOU_DATA / "clients"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def issue_key(code: str, *, method: str, file: Path, overlap_hours: int = 24) -> None:
    """Give a registered client a new key and write what it needs to sign into a file readable by its owner alone."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    from tongchou.exchange.actions import clients
    from tongchou.exchange.models import Client, ClientKey

    from .start import operator

    client = Client.objects.filter(code=code).select_related("organisation", "role").first()
    if client is None:
        raise HouseError(
            "exchange.no_client",
            Text("没有这个接入系统。", "There is no such client."),
            Text("请先在“接入系统”页面或数据包中登记。", "Register it first, on screen or in a pack."),
            code,
        )
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    ed25519 = method == ClientKey.Method.ED25519
    issued = clients.rotate(
        by=operator(),
        client=client,
        method=method,
        public_key=public if ed25519 else "",
        overlap_hours=overlap_hours,
    )
    told: dict[str, str] = {"client": code, "key_id": issued.key.key_id, "method": method}
    if ed25519:
        told["private_key"] = private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode()
    else:
        told["secret"] = issued.secret
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as sink:
        sink.write(json.dumps(told, indent=1) + "\n")


@app.command()
def issue(
    client: Annotated[str, typer.Argument(help="Code of a registered client.")],
    method: Annotated[str, typer.Option(help="hmac-sha256 or ed25519.")] = "hmac-sha256",
    file: Annotated[
        Path | None, typer.Option(help="Where to write the key; default clients/ in the data folder.")
    ] = None,
    overlap_hours: Annotated[int, typer.Option(help="How long its present keys stay good.")] = 24,
) -> None:
    """Give a client a new key. The file is the only copy of what it signs with."""
    from .start import start

    start()
    target = file or keys_folder() / f"{client}.json"
    issue_key(client, method=method, file=target, overlap_hours=overlap_hours)
    console.print(
        f"The key of {client} is in {target}. Hand it over on a safe way and delete it here.", soft_wrap=True
    )


def _signer(key: dict[str, str]) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from tongchou.exchange.gateway import signatures

    if "secret" in key:
        return signatures.signer(signatures.HMAC, key["secret"].encode())
    private = load_pem_private_key(key["private_key"].encode(), None)
    return private.sign  # type: ignore[union-attr]


def _bad_key(file: Path) -> HouseError:
    return HouseError(
        "exchange.key_file",
        Text("密钥文件无法读取。", "The key file cannot be read."),
        Text("请用 tongchou exchange issue 重新签发。", "Issue it again with tongchou exchange issue."),
        file.name,
    )


@app.command()
def call(
    path: Annotated[str, typer.Argument(help="For example /exchange/verify.")],
    body: Annotated[
        str,
        typer.Argument(
            help="JSON; - reads it from standard input, so that no number stands in the shell's history."
        ),
    ] = "",
    key: Annotated[Path, typer.Option(help="The client's key file.")] = Path("key.json"),
    to: Annotated[str, typer.Option(help="Address of the server.")] = "http://127.0.0.1:8000",
    english: Annotated[bool, typer.Option("--english", help="Problems in English.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the header fields that were sent.")] = False,
) -> None:
    """Send a signed request to the gateway and print its answer."""
    from tongchou.exchange.gateway import signatures

    try:
        held = json.loads(key.read_text())
        sign, key_id = _signer(held), held["key_id"]
    except (OSError, ValueError, KeyError, TypeError):
        raise _bad_key(key) from None
    sent = (sys.stdin.read() if body == "-" else body).encode()
    parts = urlsplit(path)
    method = "POST" if sent else "GET"
    headers = {
        "accept-language": "en" if english else "zh",
        **signatures.signed_headers(
            method=method, path=parts.path, query=parts.query, body=sent, key_id=key_id, sign=sign,
            created=int(time.time()), nonce=secrets.token_hex(16),
        ),
    }  # fmt: skip
    if sent:
        headers["content-type"] = "application/json"
    if show:
        for name, value in headers.items():
            errors.print(f"{name}: {value}", soft_wrap=True, markup=False)
    request = urllib.request.Request(to.rstrip("/") + path, data=sent or None, headers=headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 – the address is the caller's
            _print(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            _print(refused.read())
        raise SystemExit(1) from None
    except OSError as error:
        raise HouseError(
            "exchange.unreachable",
            Text("网关没有应答。", "The gateway does not answer."),
            Text(
                "请核对 --to 的地址，并确认服务在运行。",
                "Check the address in --to and that the server runs.",
            ),
            to,
        ) from error


@app.command()
def balance() -> None:
    """Draw every organisation's balance again from the whole ledger, the lists and the deliveries."""
    from .start import start

    start()
    from tongchou.exchange import balancing

    with console.status("Counting the ledger"):
        entries = balancing.rebuild()
    console.print(f"The balance was drawn again from {entries:,} entries of the ledger.")


def _print(answer: bytes) -> None:
    try:
        print_json(json.loads(answer))
    except ValueError:
        sys.stdout.buffer.write(answer)
