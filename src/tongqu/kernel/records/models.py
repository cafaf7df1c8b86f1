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
    unit_id = models.UUIDField(null=True)
    number = models.CharField(max_length=100, blank=True)  # 发文字号; a licence has one of its own
    template = models.JSONField(default=dict)  # {procedure, kind, version, scope, sha256} of the text it was made from

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token"], name="document_token_once"),
            models.UniqueConstraint(
                fields=["tenant_id", "unit_id", "number"], condition=~models.Q(number=""), name="document_number_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "subject_kind", "subject_id"], name="document_subject"),
            models.Index(fields=["tenant_id", "holder_id", "-id"], name="document_holder"),
        ]


class DocumentSeries(TenantRow):
    """The next serial of a unit's document numbers; taken in the transaction that makes the document, so no gaps."""

    unit_id = models.UUIDField()
    series = models.CharField(max_length=120)
    next_no = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "unit_id", "series"], name="document_series_once")]


class DocumentNumbering(VersionedRow):
    """How a unit numbers and seals its papers: all kinds (`kind` empty) or one. What is empty here is as shipped."""

    unit_id = models.UUIDField()
    procedure = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=60, blank=True)
    agency = models.CharField(max_length=20, blank=True)
    word = models.CharField(max_length=20, blank=True)
    pattern = models.CharField(max_length=60, blank=True)
    seal = models.CharField(max_length=20, blank=True)  # the words in its special seal: 行政审批专用章（2）

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "unit_id", "procedure", "kind"], name="numbering_once")
        ]


class DocumentTemplate(VersionedRow):
    """One version of the text of a kind of paper. A published one never changes; the shipped text is version 1."""

    procedure = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    unit_id = models.UUIDField(null=True)  # None: for every unit that has no text of its own
    scope = models.CharField(max_length=36)  # the unit's id, or "all": what is unique cannot be null
    number = models.PositiveSmallIntegerField(default=0)  # 0 while it is a draft
    title = models.CharField(max_length=60)
    body = models.TextField()
    why = models.CharField(max_length=300, blank=True)
    based_on = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, default="draft")  # draft | published | cancelled, before it came into force
    edited_by = models.UUIDField(null=True)
    edited_at = models.DateTimeField()
    editors = models.JSONField(default=list)  # everyone who worked on the draft: none of them may publish it
    published_by = models.UUIDField(null=True)
    published_at = models.DateTimeField(null=True)
    effective_from = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "procedure", "kind", "scope"],
                condition=models.Q(state="draft"), name="template_one_draft",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "procedure", "kind", "scope", "number"],
                condition=models.Q(state="published"), name="template_number_once",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["tenant_id", "procedure", "kind", "-effective_from"], name="template_in_force")]


class ELicence(VersionedRow):
    """电子证照: who holds what, from whom, for how long. Its paper is a Document with the same token."""

    # state: valid, renewed 延续, retracted 撤回, revoked 撤销, cancelled 注销; expired is not stored, it follows from
    # the day. A renewed one gave its number to the licence that took its place.
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
    renewal_told_at = models.DateTimeField(null=True)  # the holder was told that the time to renew has come

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "licence_type", "number"], condition=~models.Q(state="renewed"),
                name="licence_number_once",
            ),
            models.UniqueConstraint(fields=["token"], name="licence_token_once"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["tenant_id", "holder_id", "-id"], name="licence_holder"),
            models.Index(
                fields=["tenant_id", "licence_type", "valid_to"], name="licence_to_remind",
                condition=models.Q(state="valid", renewal_told_at=None),
            ),
        ]  # fmt: skip


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
