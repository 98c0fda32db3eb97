"""Tables of organisations, people and their roles."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class Named(models.Model):
    """Something with a Chinese name and an English one."""

    name = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(_("英文名称"), max_length=160, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Organisation(Named):
    """部门 / 机构: a department, town, community, grid or hall, in one tree."""

    class Level(models.TextChoices):
        DISTRICT = "district", _("区级")
        TOWN = "town", _("镇街")
        COMMUNITY = "community", _("社区")
        GRID = "grid", _("网格")

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("政府")
        BUREAU = "bureau", _("统筹局")
        DEPARTMENT = "department", _("部门")
        TOWN = "town", _("镇街")
        COMMUNITY = "community", _("社区")
        HALL = "hall", _("服务大厅")

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    level = models.CharField(_("层级"), max_length=12, choices=Level.choices)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        ordering = ["code"]


class Role(Named):
    """角色: what a user may do, always within an organisation. Roles are data, from packs."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    desk = models.CharField(_("工作台"), max_length=40)
    permissions = models.JSONField(_("权限"), default=list)

    class Meta:
        ordering = ["code"]


class UserManager(BaseUserManager["User"]):
    """Looks users up by user name, exactly as written but for case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username or "")


class User(Named, AbstractBaseUser):
    """One person with an account. Rights come from memberships alone."""

    username = models.CharField(_("用户名"), max_length=60, unique=True)
    is_active = models.BooleanField(_("启用"), default=True)
    #: Sealed (`sealing`); empty without a second factor.
    totp_secret = models.CharField(max_length=200, blank=True)
    totp_last_step = models.BigIntegerField(default=0)
    must_change_password = models.BooleanField(default=False)
    password_changed_at = models.DateTimeField(null=True)
    failed_attempts = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "username"

    class Meta:
        ordering = ["username"]


class Membership(models.Model):
    """One user in one role for one organisation."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.ForeignKey(Role, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["user", "role", "organisation"]
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "organisation"], name="membership_once"),
        ]


class ApiToken(models.Model):
    """A key with which a program acts as one membership; only its digest is kept."""

    name = models.CharField(_("名称"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField(_("有效期至"))
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]


class SignIn(models.Model):
    """One signed-in session of a user, so that they can see and end theirs."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField(auto_now_add=True)
    address = models.CharField(max_length=60)
    agent = models.CharField(max_length=200)

    class Meta:
        ordering = ["-at"]


class RecoveryCode(models.Model):
    """A code that stands in for the second factor once; only its digest is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)


class FailedAddress(models.Model):
    """How often sign-in failed from one network address, whoever was named; kept to slow guessing down.

    Names that nobody has are counted here too, as "name:" and a digest, so that they lock like real ones.
    """

    address = models.CharField(max_length=60, unique=True)
    failed_attempts = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    last_at = models.DateTimeField(auto_now=True)
