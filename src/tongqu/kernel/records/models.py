"""Tables of the records room: files, their uses, documents, e-licences and archives."""

from __future__ import annotations

from django.db import models

from tongqu.kernel.acts.rows import TenantRow, VersionedRow


class Blob(TenantRow):
    """One stored file: encrypted on disk, kept once for each holder and content.

    Its key is wrapped under the holder's own, or under the archives' where the law orders it kept (`sealed_under`).
    """

    holder_id = models.UUIDField()
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    wrapped_key = models.BinaryField()
    sealed_under = models.CharField(max_length=10, default="holder")  # holder | archive
    store_path = models.CharField(max_length=120)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "holder_id", "sha256"], name="blob_once_a_holder")]


class BlobUse(TenantRow):
    """What a stored file was handed in or made for. Another purpose needs another use."""

    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="uses")
    purpose = models.CharField(max_length=80)


class Document(TenantRow):
    """A paper made here, signed, and verifiable by its token. `payload` is what was signed and what the public may see;
    `holder_salt` opens its commitment to a natural person's name."""

    kind = models.CharField(max_length=60)
    title = models.JSONField()
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    holder_id = models.UUIDField()
    holder_name = models.CharField(max_length=200)
    holder_kind = models.CharField(max_length=20)  # identity.rules.PARTY_KINDS
    holder_salt = models.BinaryField(null=True)
    issuer = models.CharField(max_length=200)
    issued_on = models.DateField()
    token = models.CharField(max_length=20)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT)
    payload = models.JSONField()
    signature = models.JSONField()
    erased_at = models.DateTimeField(null=True)  # the holder's name is gone; what was signed stays, it names nobody

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token"], name="document_token_once")]
        indexes = [
            models.Index(fields=["tenant_id", "subject_kind", "subject_id"], name="document_subject"),
            models.Index(fields=["tenant_id", "holder_id", "-id"], name="document_holder"),
        ]


class ELicence(VersionedRow):
    """电子证照: who holds what, from whom, for how long. Its paper is a Document with the same token."""

    # state: valid, revoked, cancelled; expired is not stored, it follows from the day
    licence_type = models.CharField(max_length=60)
    number = models.CharField(max_length=60)
    holder_id = models.UUIDField()
    holder_name = models.CharField(max_length=200)
    issuer_id = models.UUIDField()
    issuer_name = models.JSONField()
    case_id = models.UUIDField(null=True)
    lines = models.JSONField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    state = models.CharField(max_length=20, default="valid")
    state_since = models.DateTimeField(null=True)
    state_rule = models.CharField(max_length=60, blank=True)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, null=True)
    token = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "licence_type", "number"], name="licence_number_once"),
            models.UniqueConstraint(fields=["token"], name="licence_token_once"),
        ]
        indexes = [models.Index(fields=["tenant_id", "holder_id", "-id"], name="licence_holder")]


class Archive(TenantRow):
    """电子档案: the self-describing package of an ended case and what its four-property check found."""

    archive_no = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT)
    manifest = models.JSONField()
    signature = models.JSONField()
    check_result = models.JSONField()
    retain_until = models.DateField(null=True)
    legal_hold = models.BooleanField(default=False)
    destroy_after = models.DateField(null=True)  # set when its person is erased: the last day the law orders it kept
    due_noted_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "archive_no"], name="archive_no_once"),
            models.UniqueConstraint(fields=["tenant_id", "subject_kind", "subject_id"], name="archive_once"),
        ]
