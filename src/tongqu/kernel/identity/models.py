"""Accounts, parties and what ties them. No verbs here; whatever names a person in numbers is stored encrypted."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongqu.foundation import names
from tongqu.kernel.acts.rows import TenantRow, VersionedRow, default_tenant
from tongqu.kernel.acts.statements import fetch_one


class Party(VersionedRow):
    """Who somebody is in law. `name` is the present one; `PartyName` holds them all with their dates."""

    kind = models.CharField(max_length=20)  # rules.PARTY_KINDS
    name = models.CharField(max_length=100)
    sort_key = models.CharField(max_length=names.KEY_LENGTH, default="9")  # of the name: names.sort_key
    born = models.BinaryField(null=True)  # of a person, where known: an ISO date under the party's key
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="absorbed")
    erased_at = models.DateTimeField(null=True)


class PartyName(TenantRow):
    """What a party is or was called. One legal name runs at a time; a former name or an alias may have no dates."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="names")
    kind = models.CharField(max_length=10, default="legal")  # rules.NAME_KINDS
    name = models.CharField(max_length=100)
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "party", "-valid_from"], name="party_name_dated")]


class NameTerm(models.Model):
    """A term by which a party's present or earlier names are found (names.terms); derived from `PartyName`."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    term = models.CharField(max_length=names.TERM_LENGTH)
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="name_terms")

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "term", "party"], name="party_name_term")]

    def __str__(self) -> str:
        return self.term


class PartyIdentifier(TenantRow):
    """One typed number: encrypted under the party's key, found by `blind_index`, shown as `masked`. A number that was
    replaced stays, with the day it ended: old papers are still presented."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=20)  # numbers.IDENTIFIERS
    country = models.CharField(max_length=3, blank=True)  # of a passport: its issuing state, "" for not said
    box = models.BinaryField()
    blind_index = models.CharField(max_length=64)
    masked = models.CharField(max_length=60)
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)
    end_ground = models.CharField(max_length=20, blank=True)  # numbers.END_GROUNDS

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "kind", "country", "blind_index"], name="party_identifier_once"
            )
        ]


class PartyContact(TenantRow):
    """A phone number or e-mail address: several parties may share one, and one may replace another."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="contacts")
    kind = models.CharField(max_length=20)  # numbers.CONTACTS
    box = models.BinaryField()
    blind_index = models.CharField(max_length=64)
    masked = models.CharField(max_length=60)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "kind", "blind_index"], name="party_contact_index")]


class PersonKey(TenantRow):
    """The key of one party's personal values, itself sealed under the master key. Emptied by erasure, never removed."""

    party = models.OneToOneField(Party, on_delete=models.PROTECT, related_name="key")
    box = models.BinaryField()
    destroyed_at = models.DateTimeField(null=True)


class Mandate(VersionedRow):
    """`agent` may act for `principal`, in `scope`, for a time, until revoked."""

    principal = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="given_mandates")
    agent = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="held_mandates")
    kind = models.CharField(max_length=30)  # rules.mandate_kinds
    scope = models.JSONField(default=dict)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    proof = models.JSONField(default=dict)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "agent", "revoked_at"], name="mandate_agent"),
            models.Index(fields=["tenant_id", "principal", "kind"], name="mandate_principal"),
        ]


class AccountManager(BaseUserManager["Account"]):
    """Accounts of this node's tenant only, whoever asks: the login library knows nothing of tenants."""

    def get_queryset(self) -> models.QuerySet[Account]:
        return super().get_queryset().filter(tenant_id=default_tenant())

    def get(self, *args: Any, **wanted: Any) -> Account:
        """As ever; the one question of each request, whose session it is, without building a query for it."""
        if args or set(wanted) != {"pk"}:
            return super().get(*args, **wanted)
        found = fetch_one(self.model, tenant_id=default_tenant(), id=wanted["pk"])
        if found is None:
            raise self.model.DoesNotExist
        return found


class Account(AbstractBaseUser, TenantRow):
    """How somebody signs in. A citizen's is tied to a person once the real name is verified; staff have their own."""

    username = models.CharField(max_length=40)
    name = models.CharField(max_length=100, blank=True)
    sort_key = models.CharField(max_length=names.KEY_LENGTH, default="9")
    kind = models.CharField(max_length=10, default="person")  # person | staff
    party = models.ForeignKey(Party, null=True, on_delete=models.PROTECT, related_name="accounts")
    phone_box = models.BinaryField(null=True)
    phone_index = models.CharField(max_length=64, null=True)
    phone_verified = models.BooleanField(default=False)
    real_name_at = models.DateTimeField(null=True)
    real_name_by = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)
    # How many messages for staff wait to be read. Kept by the room of notices, so that drawing a menu asks nothing.
    unread = models.PositiveIntegerField(default=0)

    objects = AccountManager()

    USERNAME_FIELD = "username"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "username"], name="account_username_once"),
            models.UniqueConstraint(
                fields=["tenant_id", "phone_index"], condition=Q(phone_verified=True), name="account_phone_once"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "party"], condition=Q(kind="person"), name="account_party_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_staff_member(self) -> bool:
        return self.kind == "staff"


class RoleGrant(TenantRow):
    """A role given to one account directly, at a unit or in a region subtree, for a time."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=40)
    unit_id = models.UUIDField(null=True)
    region_prefix = models.CharField(max_length=12, blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    granted_by = models.UUIDField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "account", "revoked_at"], name="role_grant_account")]


class QrSignIn(TenantRow):
    """One browser asks to be signed in by a telephone: made by the one, decided by the other, used once by the first.

    The code in the picture is stored as its blind index. Rows are purged after a day.
    """

    code_index = models.CharField(max_length=64, unique=True)
    number = models.CharField(max_length=2)  # shown on both sides
    state = models.CharField(max_length=10, default="asked")  # asked | confirmed | refused | used
    expires_at = models.DateTimeField()
    device = models.CharField(max_length=60)
    address = models.CharField(max_length=45)  # the network that asks, its last part hidden
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="qr_sign_ins")
    decided_at = models.DateTimeField(null=True)


class OutsideLogin(TenantRow):
    """An account elsewhere (a province's login) that signs this account in. The provider's name for it is stored as its
    blind index."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="outside_logins")
    provider = models.CharField(max_length=40)
    subject_index = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "provider", "subject_index"], name="outside_login_once")
        ]


class Consent(TenantRow):
    """A person's consent to one handling that needs it (D19, D20), and its withdrawal. Never changed otherwise.

    `about` is what it was given in (a case). For somebody under the age of D20.child the guardian gives it.
    """

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=40)  # consents.KINDS
    about_kind = models.CharField(max_length=40)
    about_id = models.UUIDField()
    given_at = models.DateTimeField()
    given_by = models.UUIDField(null=True)  # the account
    guardian_id = models.UUIDField(null=True)  # the party who consented for a child
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "party", "kind", "about_kind", "about_id"], name="consent_once"
            )
        ]
        indexes = [
            models.Index(fields=["guardian_id"], condition=models.Q(guardian_id__isnull=False), name="consent_guardian")
        ]


class DataCopy(TenantRow):
    """A copy of everything held about a person, asked for by that person (D23.copy): made by a job, kept some days."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待制作")
        MAKING = "making", _("正在制作")
        READY = "ready", _("可以下载")
        FAILED = "failed", _("没有制成")
        GONE = "gone", _("已过期删除")

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="copies")
    account_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    blob_id = models.UUIDField(null=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    taken = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "party"],
                condition=Q(state__in=["waiting", "making"]),
                name="data_copy_one_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["tenant_id", "party", "-id"], name="data_copy_party")]
