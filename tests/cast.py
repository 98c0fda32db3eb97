"""The fixed cast: one synthetic person for each part somebody plays, with the roles of packs/core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from tests.prepared import prepare
from tongchou.accounts import queries
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Membership, Organisation, Role, User

PROJECT = Path(__file__).resolve().parent.parent
PASSWORD = "Lotus-bridge-1973"

#: Part → (role of packs/core, organisation, name). The outsider has an account and no permission at all.
PARTS: dict[str, tuple[str, str, str]] = {
    "steward": ("steward", "data", "统筹员"),
    "officer": ("officer", "edu", "教育数据员"),
    "other_officer": ("officer", "civil", "民政数据员"),
    "clerk": ("clerk", "hall", "窗口人员"),
    "inspector": ("inspector", "town", "巡查员"),
    "auditor": ("auditor", "audit", "监督员"),
    "applicant": ("applicant", "gov", "办事群众"),
    "administrator": ("administrator", "data", "系统管理员"),
    "outsider": ("outsider", "hall", "外人"),
}

ORGANISATIONS = [
    ("gov", "区政府", "Government", "government", None),
    ("data", "数据统筹局", "Data Bureau", "bureau", "gov"),
    ("edu", "教育局", "Education Bureau", "department", "gov"),
    ("civil", "民政局", "Civil Affairs Bureau", "department", "gov"),
    ("hall", "行政服务中心", "Service hall", "hall", "gov"),
    ("audit", "监督审计局", "Audit", "department", "gov"),
    ("town", "祖庙街道", "Zumiao", "town", "gov"),
]


def read_pack(folder: str | Path) -> object:
    """A pack of the project, by its name or folder."""
    from tongchou.config import packs

    path = Path(folder)
    return packs.read_pack(
        path if path.is_absolute() else PROJECT / "packs" / path,
        project=PROJECT,
        data=settings.TONGCHOU_DATA,
        shared_data=settings.TONGCHOU_SHARED_DATA,
    )


class Cast:
    """The people of the tests, made when first asked for."""

    def __init__(self, password_hash: str) -> None:
        self._hash = password_hash

    def user(self, part: str) -> User:
        """The user who plays a part."""
        return self.membership(part).user

    def membership(self, part: str) -> Membership:
        """The membership that makes the part."""
        role, organisation, name = PARTS[part]
        user, _ = User.objects.get_or_create(
            username=part, defaults={"name": name, "name_en": part.title(), "password": self._hash}
        )
        membership, _ = Membership.objects.get_or_create(
            user=user,
            role=Role.objects.get(code=role),
            organisation=Organisation.objects.get(code=organisation),
        )
        return membership

    def actor(self, part: str) -> Actor:
        """The part as the `by` of an action."""
        return queries.actor_of(self.membership(part))

    def client(self, part: str, language: str = "zh-hans") -> Client:
        """A test client signed in as the part."""
        client = Client(headers={"accept-language": language})
        client.force_login(self.user(part))
        return client


def _found_organisations() -> None:
    for code, name, name_en, kind, parent in ORGANISATIONS:
        level = "town" if kind == "town" else "district"
        above = Organisation.objects.get(code=parent) if parent else None
        Organisation.objects.get_or_create(
            code=code,
            defaults={"name": name, "name_en": name_en, "kind": kind, "level": level, "parent": above},
        )


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The cast's password, hashed once."""
    return make_password(PASSWORD)


@pytest.fixture
def cast(db: None, password_hash: str) -> Cast:
    """Organisations, the roles and purposes of packs/core, and whoever is asked for."""

    def make() -> None:
        _apply("core")
        _found_organisations()
        Role.objects.get_or_create(
            code="outsider", defaults={"name": "外人", "name_en": "Outsider", "desk": "none"}
        )

    prepare("cast", make)
    return Cast(password_hash)


@pytest.fixture
def client_as(cast: Cast) -> Callable[..., Client]:
    """client_as("steward") is a test client signed in as that part."""
    return cast.client


@pytest.fixture
def sample_pack(cast: Cast, data: Path) -> None:
    """packs/sample applied: its whole catalogue, without data. Its accounts are its own; the cast stays."""
    prepare("sample pack", lambda: _apply("sample"))


def _apply(name: str) -> None:
    from tongchou.config import packs

    packs.apply(by=Actor.house("tests"), pack=read_pack(name))


@pytest.fixture
def sample_catalogue(cast: Cast, data: Path) -> None:
    """packs/sample applied without its accounts."""
    prepare("sample catalogue", _apply_catalogue)


def _apply_catalogue() -> None:
    from tongchou.config import packs

    pack = read_pack("sample")
    pack.rows["accounts"] = []  # type: ignore[attr-defined]
    packs.apply(by=Actor.house("tests"), pack=pack)
