"""Registering the systems that use the gateway, changing their keys, revoking them."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.accounts.sealing import seal
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import client_policies
from ..models import Client, ClientKey
from ..queries.grants import is_bureau
from ..rulebook import sealed_for

#: What a shared secret begins with, so that one that slips into a file or a mail is recognised.
SECRET_PREFIX = "tcs_"  # noqa: S105
#: The longest a replaced key stays good beside its successor, in hours.
LONGEST_OVERLAP_H = 30 * 24


@dataclass(frozen=True)
class Issued:
    """A new key. secret: what the client signs with, shown this once; "" for a public key the client brought."""

    client: Client
    key: ClientKey
    secret: str


@action(permission="clients.manage", event="clients.registered")
def register(
    *,
    by: Actor,
    code: str,
    name: str,
    organisation: Organisation,
    role: Role,
    method: str,
    expires_on: date,
    public_key: str = "",
    name_en: str = "",
    quota_per_day: int | None = None,
    pack: str = "",
) -> Issued:
    """Register a system of one organisation in one role, with its first key.

    method: of `ClientKey.Method`. public_key: for Ed25519, PEM or the base64 of its 32 bytes; the private key never
    leaves the client. Raises Refused (exchange.refused.client_not_yours, exchange.client_terms), HouseError
    (exchange.client_taken, exchange.public_key).
    """
    note(
        client=client_policies.told_code(code),
        holder=organisation.code,
        holder_role=role.code,
        method=method,
        until=expires_on.isoformat(),
    )
    client_policies.check_may_manage_client(
        owner=organisation.code, manager=by.organisation, bureau=is_bureau(by), code=code
    )
    client_policies.check_client_terms(
        code=code, name=name, permissions=role.permissions, expires_on=expires_on, today=timezone.localdate(),
        method=method, methods=ClientKey.Method.values, quota_per_day=quota_per_day,
    )  # fmt: skip
    if Client.objects.filter(code=code).exists():
        raise HouseError(
            "exchange.client_taken",
            Text("该代码已登记。", "The code is taken."),
            Text("请换一个代码。", "Choose another one."),
            code,
        )
    client = Client.objects.create(
        code=code, name=name, name_en=name_en, organisation=organisation, role=role, expires_on=expires_on,
        quota_per_day=quota_per_day, created_by=by.username, pack=pack,
    )  # fmt: skip
    key, secret = _new_key(client, method, public_key, by)
    note(key=key.key_id)
    return Issued(client, key, secret)


@action(permission="clients.manage", event="clients.key_rotated")
def rotate(
    *, by: Actor, client: Client, method: str, public_key: str = "", overlap_hours: int = 24
) -> Issued:
    """Give a client a new key; those it has stay good for `overlap_hours` more (0: not a moment).

    Raises what `register` raises, and HouseError "exchange.client_revoked".
    """
    note(client=client.code, holder=client.organisation.code, holder_role=client.role.code, method=method)
    client_policies.check_may_manage_client(
        owner=client.organisation.code, manager=by.organisation, bureau=is_bureau(by), code=client.code
    )
    held = Client.objects.select_for_update().get(pk=client.pk)
    if held.revoked_at is not None:
        raise _revoked(client.code)
    if method not in ClientKey.Method.values or not 0 <= overlap_hours <= LONGEST_OVERLAP_H:
        raise HouseError(
            "exchange.client_terms",
            Text("签名方式或重叠时间不对。", "The method or the overlap is not as it must be."),
            Text(
                f"重叠时间为 0–{LONGEST_OVERLAP_H} 小时。", f"An overlap has 0 to {LONGEST_OVERLAP_H} hours."
            ),
            client.code,
        )
    until = timezone.now() + timedelta(hours=overlap_hours)
    for old in held.keys.filter(revoked_at__isnull=True):
        if old.valid_until is None or old.valid_until > until:
            old.valid_until = until
            old.save(update_fields=["valid_until"])
    key, secret = _new_key(held, method, public_key, by)
    note(key=key.key_id, until=until.isoformat(timespec="seconds"))
    return Issued(held, key, secret)


@action(permission="clients.manage", event="clients.revoked")
def revoke(*, by: Actor, client: Client, key: ClientKey | None = None) -> Client:
    """Revoke a client, or one of its keys alone; its next request is refused.

    Raises Refused "exchange.refused.client_not_yours", HouseError "exchange.client_revoked".
    """
    note(client=client.code, holder=client.organisation.code, holder_role=client.role.code)
    client_policies.check_may_manage_client(
        owner=client.organisation.code, manager=by.organisation, bureau=is_bureau(by), code=client.code
    )
    now = timezone.now()
    if key is not None:
        note(key=key.key_id)
        changed = ClientKey.objects.filter(pk=key.pk, client=client, revoked_at=None).update(revoked_at=now)
    else:
        changed = Client.objects.filter(pk=client.pk, revoked_at=None).update(
            revoked_at=now, revoked_by=by.username, active=False
        )
        ClientKey.objects.filter(client=client, revoked_at=None).update(revoked_at=now)
    if not changed:
        raise _revoked(client.code)
    client.refresh_from_db()
    return client


def _new_key(client: Client, method: str, public_key: str, by: Actor) -> tuple[ClientKey, str]:
    key_id = f"k-{secrets.token_hex(10)}"
    secret = ""
    if method == ClientKey.Method.HMAC:
        secret = SECRET_PREFIX + secrets.token_urlsafe(32)
        stored = seal(sealed_for(key_id), secret.encode())
    else:
        stored = _public(public_key, client.code)
    made = ClientKey.objects.create(
        client=client, key_id=key_id, method=method, key=stored, created_by=by.username
    )
    return made, secret


def _public(text: str, code: str) -> bytes:
    """The 32 bytes of an Ed25519 public key, given as PEM or base64."""
    told = text.strip()
    try:
        if told.startswith("-----BEGIN"):
            loaded = load_pem_public_key(told.encode())
            if isinstance(loaded, Ed25519PublicKey):
                return loaded.public_bytes_raw()
        else:
            raw = base64.b64decode(told, validate=True)
            if len(raw) == 32:
                return Ed25519PublicKey.from_public_bytes(raw).public_bytes_raw()
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        pass
    raise HouseError(
        "exchange.public_key",
        Text("这不是 Ed25519 公钥。", "This is no Ed25519 public key."),
        Text(
            "请粘贴 PEM 公钥（-----BEGIN PUBLIC KEY-----）或其 32 字节的 Base64；不要粘贴私钥。",
            "Paste the PEM public key (-----BEGIN PUBLIC KEY-----) or the base64 of its 32 bytes; never the private key.",
        ),
        code,
    )


def _revoked(code: str) -> HouseError:
    return HouseError(
        "exchange.client_revoked",
        Text("该接入系统或密钥已吊销。", "The client or key was revoked."),
        Text("如需继续使用，请重新登记。", "Register a new one if it is still needed."),
        code,
    )
