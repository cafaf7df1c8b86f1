"""Tables of the case engine. Verbs are in `operations/`; what may be done now is decided in `rules.py`."""

from __future__ import annotations

from django.db import models

from tongqu.kernel.acts.rows import TenantRow, VersionedRow

IN_PERSON = "in_person"  # the code of what an applicant signed at a window after receipt: a withdrawal, a request
DISCLOSED = "disclosed"  # the code of the files with which information is handed to whoever applied for it
STAFF_FILES = frozenset({"site_check", "consultation"})  # what the applicant is not given: photos, others' opinions


class Case(VersionedRow):
    """办件: one application. `values` and `personal` are {field: {value, element, source, …}}, the latter sealed."""

    case_no = models.CharField(max_length=32, null=True)
    receipt_no = models.CharField(max_length=32, null=True)
    upper_no = models.CharField(max_length=64, null=True)  # as the upper platform wrote it
    upper_key = models.CharField(max_length=64, null=True)  # the same as `patterns.fold` makes it, for looking up
    case_tail = models.CharField(max_length=6, null=True)  # last six digits; the receipt's only where they differ
    receipt_tail = models.CharField(max_length=6, null=True)
    upper_tail = models.CharField(max_length=6, null=True)
    item_code = models.CharField(max_length=60)
    title = models.JSONField()
    package_version_id = models.UUIDField()
    package_hash = models.CharField(max_length=64)
    procedure_code = models.CharField(max_length=40)
    procedure_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=40, default="draft")
    channel = models.CharField(max_length=20, default="web")

    applicant_id = models.UUIDField()
    applicant_name = models.CharField(max_length=200)
    applicant_kind = models.CharField(max_length=20)
    agent_id = models.UUIDField(null=True)
    mandate_is_proxy = models.BooleanField(default=False)
    mandate_id = models.UUIDField(null=True)
    opened_by = models.UUIDField(null=True)
    help = models.JSONField(null=True)  # who types it at a counter for the applicant: `counter.Help`

    region_code = models.CharField(max_length=12)
    unit_id = models.UUIDField(null=True)
    unit_name = models.JSONField(default=dict)

    triage = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    personal = models.JSONField(null=True)
    standing = models.JSONField(default=dict)  # {element: fact} that acceptance rests on beside the form
    demands = models.JSONField(default=list)
    handed_in = models.JSONField(default=list)  # codes of the materials that have a file now, for judging completeness
    tally = models.JSONField(default=dict)

    received_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    outcome = models.CharField(max_length=20, blank=True)
    service_consent = models.JSONField(null=True)  # {"by", "at", "agreed_by"}: electronic service of its documents
    retain_until = models.DateField(null=True)
    legal_hold = models.BooleanField(default=False)
    parent_id = models.UUIDField(null=True)
    renews = models.UUIDField(null=True)  # the licence that the applicant asks to have renewed

    overrun_explained = models.BooleanField(default=False)  # so that the page of a case in time asks no more

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "case_no"], name="case_no_once"),
            models.UniqueConstraint(fields=["tenant_id", "receipt_no"], name="receipt_no_once"),
            models.UniqueConstraint(fields=["tenant_id", "upper_key"], name="upper_no_once"),
            models.UniqueConstraint(fields=["renews"], condition=models.Q(ended_at=None), name="one_renewal_at_a_time"),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "case_tail"], name="case_tail"),
            models.Index(
                fields=["tenant_id", "receipt_tail"], name="receipt_tail", condition=~models.Q(receipt_tail=None)
            ),
            models.Index(fields=["tenant_id", "upper_tail"], name="upper_tail", condition=~models.Q(upper_tail=None)),
            models.Index(
                fields=["tenant_id", "applicant_id"],
                name="case_drafts",
                condition=models.Q(state="draft", ended_at=None),
            ),  # fmt: skip
            models.Index(
                fields=["tenant_id", "applicant_id", "created_at"],
                name="case_dropped",
                condition=models.Q(state="draft", ended_at__isnull=False),
            ),
        ]


class CaseParty(TenantRow):
    """Who is related to a case, with the sort key copied in so that one index serves "my cases"."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    party_id = models.UUIDField()
    role = models.CharField(max_length=20)  # applicant | agent
    is_open = models.BooleanField(default=True)
    touched_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "case", "party_id", "role"], name="case_party_once")
        ]
        indexes = [models.Index(fields=["tenant_id", "party_id", "-touched_at", "-id"], name="case_party_list")]


class Beginning(models.CharField):  # type: ignore[type-arg]
    """The first `max_length` digits of the row's `region_code`, written with it.

    Not a column that the database generates: SQLite does not answer from an index alone where one is involved.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = str(model_instance.region_code)[: self.max_length]  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value


class CaseUnit(TenantRow):
    """Which units work on a case, with what work lists filter and sort by copied in so that an index serves them.

    `city`, `county` and `town` are the beginnings of the place's code (4, 6 and 9 digits).
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="units")
    unit_id = models.UUIDField()
    role = models.CharField(max_length=20, default="lead")
    state = models.CharField(max_length=40)
    is_open = models.BooleanField(default=True)
    due_at = models.DateTimeField()
    provisional = models.BooleanField(default=False)  # the due date rests on a calendar year that is not loaded
    until = models.DateTimeField(null=True)
    region_code = models.CharField(max_length=12)
    city = Beginning(max_length=4)
    county = Beginning(max_length=6)
    town = Beginning(max_length=9)
    item_code = models.CharField(max_length=60, default="")
    channel = models.CharField(max_length=20, default="web")
    received_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    assignee_id = models.UUIDField(null=True)  # the account that has taken the case; none: anybody's

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "case", "unit_id", "role"], name="case_unit_once")]
        indexes = [
            models.Index(fields=["tenant_id", "unit_id", "is_open", "due_at", "id", "until"], name="case_unit_due"),
            models.Index(
                fields=["tenant_id", "unit_id", "is_open", "state", "due_at", "id", "until"], name="case_unit_state"
            ),
            models.Index(
                fields=["tenant_id", "city", "is_open", "state", "due_at", "id", "until"], name="case_city_state"
            ),
            models.Index(
                fields=["tenant_id", "county", "is_open", "state", "due_at", "id", "until"], name="case_county_state"
            ),
            models.Index(
                fields=["tenant_id", "town", "is_open", "state", "due_at", "id", "until"], name="case_town_state"
            ),
            models.Index(fields=["tenant_id", "is_open", "state", "due_at", "id", "until"], name="case_node_state"),
            models.Index(
                fields=["tenant_id", "unit_id", "is_open", "-received_at", "-id", "until"], name="case_unit_received"
            ),
            models.Index(
                fields=["tenant_id", "unit_id", "is_open", "-changed_at", "-id", "until"], name="case_unit_changed"
            ),
            models.Index(
                fields=["tenant_id", "assignee_id", "is_open", "due_at", "id"], name="case_unit_assignee",
                condition=models.Q(assignee_id__isnull=False),
            ),
        ]  # fmt: skip


class SupervisionCard(VersionedRow):
    """A period of a case that is nearly over (yellow) or over with the act still owed (red). One for each clock.

    `state`: open; lifted (a yellow one whose period moved away); closed (the act was done, `late` working days after
    the last day). The explanation of an overrun is written for the applicant and the public (L27).
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="cards")
    unit_id = models.UUIDField(null=True)
    region_code = models.CharField(max_length=12)
    city = Beginning(max_length=4)
    county = Beginning(max_length=6)
    town = Beginning(max_length=9)
    clock_id = models.UUIDField()
    clock_name = models.CharField(max_length=40)
    rule = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    promised_due_at = models.DateTimeField(null=True)
    level = models.CharField(max_length=10)  # yellow | red
    state = models.CharField(max_length=10, default="open")
    late = models.PositiveIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    explanation = models.TextField(blank=True)
    explained_by = models.UUIDField(null=True)
    explained_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "clock_id"], name="supervision_card_once")]
        indexes = [
            models.Index(
                fields=["tenant_id", "due_at", "id"], name="supervision_open", condition=models.Q(state="open")
            ),
            models.Index(fields=["tenant_id", "state", "-closed_at", "-id"], name="supervision_closed"),
        ]  # fmt: skip


class WarningDays(VersionedRow):
    """How many working days before its last day a period is shown as nearly over, by item and unit; empty: any."""

    item_code = models.CharField(max_length=60, blank=True)
    unit_id = models.UUIDField(null=True)
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "item_code", "unit_id"], name="warning_days_once"),
            models.UniqueConstraint(
                fields=["tenant_id", "item_code"], name="warning_days_once_everywhere",
                condition=models.Q(unit_id__isnull=True),
            ),
        ]  # fmt: skip


class CaseMaterial(TenantRow):
    """A file handed in for one use. A replaced one stays as evidence."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="materials")
    code = models.CharField(max_length=60)  # the material's code, or site_check for photos
    blob_id = models.UUIDField()
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    purpose = models.CharField(max_length=60)
    added_by = models.UUIDField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["case", "code", "id"], name="case_material_code")]


class Opinion(TenantRow):
    """A reviewer's opinion; the decision needs one by somebody else than the decider."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="opinions")
    account_id = models.UUIDField()
    account_name = models.CharField(max_length=100)
    unit_id = models.UUIDField(null=True)
    recommendation = models.CharField(max_length=20)
    reason = models.TextField()


class SiteCheck(VersionedRow):
    """现场核查: at least two officers, a sheet, signatures of the officers and the applicant (or the refusal noted)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="checks")
    officers = models.JSONField()  # [{account, name, signed_at}]
    planned_on = models.DateField(null=True)
    assigned_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    sheet = models.JSONField(default=dict)
    conclusion = models.CharField(max_length=20, blank=True)  # passed | failed
    applicant_signature = models.CharField(max_length=20, blank=True)  # signed | refused | absent
    signature_note = models.CharField(max_length=500, blank=True)
    rectify_by = models.DateField(null=True)
    rectification = models.CharField(max_length=20, blank=True)  # ordered | passed | failed
    rectification_note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=20, default="assigned")  # assigned | recorded | signed


class CheckOfficer(TenantRow):
    """Which officer has which open check: the officers' own work list."""

    check_row = models.ForeignKey(SiteCheck, on_delete=models.CASCADE, related_name="assigned")
    case_id = models.UUIDField()
    account_id = models.UUIDField()
    is_open = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "account_id", "is_open", "-id"], name="check_officer_open")]


class Decision(TenantRow):
    """A decision with its grounds, the article behind each, and what the applicant may do about it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=20)  # grant | refuse | not_accept | annul | retract | deregister
    ground = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    rule = models.CharField(max_length=60)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    licence_no = models.CharField(max_length=40, blank=True)
    licence_id = models.UUIDField(null=True)
    licence_token = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "kind", "-decided_at", "-id"], name="decision_public_list")]


class Hearing(VersionedRow):
    """听证: told of the right, asked for or not, set, held. One for each case."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="hearing")
    told_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    waived_at = models.DateTimeField(null=True)
    planned_on = models.DateField(null=True)
    place = models.CharField(max_length=200, blank=True)
    set_at = models.DateTimeField(null=True)
    held_on = models.DateField(null=True)
    chaired_by = models.UUIDField(null=True)
    chair_name = models.CharField(max_length=100, blank=True)
    summary = models.TextField(blank=True)


class Consultation(VersionedRow):
    """征求意见: one letter to a third party or another organ, from the day it is sent to its answer or to silence.

    Its clock (subject "consultation") starts with the day of receipt. `outcome` is empty while it is open: agrees,
    objects (with good reason), objects_without (no good reason), silent, called_off.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consultations")
    kind = models.CharField(max_length=20)  # as the procedure names it
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True)
    about = models.TextField()
    asked_by = models.UUIDField()
    received_on = models.DateField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["case", "id"], name="consultation_case")]


class CaseDocument(TenantRow):
    """A paper of the case: which document was made by which act."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=60)
    title = models.JSONField()
    document_id = models.UUIDField()
    number = models.CharField(max_length=100, blank=True)
    seen_by = models.CharField(max_length=10, default="party")
    # How it was served, copied from notices, so that the page of a case needs no query more.
    service = models.CharField(max_length=10, blank=True)  # empty: need not be served; else Service.state
    service_mode = models.CharField(max_length=16, blank=True)
    served_on = models.DateField(null=True)
    opened_at = models.DateTimeField(null=True)
    remedies = models.JSONField(default=list)  # [{code, rule, until, provisional}] once served


class Rating(TenantRow):
    """好差评: once for each case, voluntary; levels 1 and 2 are 差评."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="rating")
    item_code = models.CharField(max_length=60)
    unit_id = models.UUIDField()
    level = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True)


class ReapplicationBan(TenantRow):
    """A party may not apply for an item until a day, with the rule that says so."""

    party_id = models.UUIDField()
    item_code = models.CharField(max_length=60)
    until = models.DateField(null=True)  # None: for life
    rule = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)
    source_case_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "party_id", "item_code"], name="ban_party_item")]


class NumberSeries(TenantRow):
    """The next number of a series (a unit, a kind, a year); taken in the transaction that uses it, so no gaps."""

    series = models.CharField(max_length=80)
    next_no = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "series"], name="number_series_once")]
