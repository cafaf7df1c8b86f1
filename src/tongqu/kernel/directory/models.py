"""Tables of the directory. Dated rows hold `valid_from` (a day in Asia/Shanghai) and `valid_to` (exclusive)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.rows import TenantRow, VersionedRow
from tongqu.kernel.directory.rows import ReferenceRow

OPEN = models.Q(valid_to__isnull=True)


class Region(ReferenceRow):
    """A place that keeps its id when its name or code changes."""

    tree = models.CharField(max_length=16)  # statistical | administrative: two trees that are not the same (K2)


class RegionVersion(ReferenceRow):
    """How a place is coded, called and subordinated while in force."""

    # No constraints in the database on the two references: checking 1.3 million of them at commit would take PostgreSQL
    # as long as the rest of an import, and the import, which alone writes here, uses only what it has read or made.
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="versions", db_constraint=False)
    tree = models.CharField(max_length=16)  # the region's own, here for the index
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    level = models.PositiveSmallIntegerField()
    parent = models.ForeignKey(
        Region, on_delete=models.PROTECT, related_name="child_versions", null=True, db_constraint=False
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tree", "code", "valid_from"], name="region_code")]
        constraints = [
            models.UniqueConstraint(fields=["tree", "code"], condition=OPEN, name="region_code_open_once"),
            models.CheckConstraint(
                condition=OPEN | models.Q(valid_to__gte=models.F("valid_from")), name="region_version_forward"
            ),
        ]


class RegionEdition(ReferenceRow):
    """One published list of regions as it was loaded: what it was, from when it holds, how much it changed."""

    tree = models.CharField(max_length=16)
    title = models.CharField(max_length=200)
    valid_from = models.DateField()
    digest = models.CharField(max_length=64)  # SHA-256 of its "code,name" lines, sorted
    counts = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(default=now)


class RegionChange(ReferenceRow):
    """How one place came from another: renamed, recoded, merged or split. `inferred` says that no source named it."""

    class Kind(models.TextChoices):
        RENAMED = "renamed", _("更名")
        RECODED = "recoded", _("代码变更")
        MERGED = "merged", _("并入")
        SPLIT = "split", _("析置")

    edition = models.ForeignKey(RegionEdition, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    predecessor = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="changes_from")
    successor = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="changes_to")
    old_code = models.CharField(max_length=12)
    new_code = models.CharField(max_length=12)
    effective_on = models.DateField()
    inferred = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["old_code", "effective_on"], name="region_change_old"),
            models.Index(fields=["new_code", "effective_on"], name="region_change_new"),
        ]


class RegionMapping(ReferenceRow):
    """Which administrative place answers for a statistical one (a development zone lies inside a district)."""

    statistical = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="administrative_mappings")
    administrative = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="statistical_mappings")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["statistical"], condition=OPEN, name="region_mapping_open_once")]


class Unit(VersionedRow):
    """A public body or one of its divisions. What it is called and where it stands is in its versions."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("人民政府")
        DEPARTMENT = "department", _("政府部门")
        INSTITUTION = "institution", _("事业单位")
        SERVICE_CENTRE = "service_centre", _("政务服务中心")
        DIVISION = "division", _("内设机构")

    code = models.CharField(max_length=40)  # stable, given by the region: what other systems call it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="unit_code_once")]


class UnitVersion(TenantRow):
    """A unit's name, place and superior while in force."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="versions")
    name = models.CharField(max_length=100)
    short_name = models.CharField(max_length=40)
    names = models.JSONField(default=dict)  # the name in other languages: {"en": "…"}
    kind = models.CharField(max_length=16, choices=Unit.Kind.choices)
    region_code = models.CharField(max_length=12)
    parent = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="child_versions", null=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=200, blank=True)
    credit_code = models.CharField(max_length=18, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit", "valid_from"], name="unit_version_series"),
            models.Index(fields=["tenant_id", "region_code"], name="unit_version_region"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "unit"], condition=OPEN, name="unit_version_open_once"),
            models.CheckConstraint(
                condition=OPEN | models.Q(valid_to__gte=models.F("valid_from")), name="unit_version_forward"
            ),
        ]


class UnitChange(TenantRow):
    """A unit that ended and the one that took over, from which day."""

    class Kind(models.TextChoices):
        MERGED = "merged", _("合并")
        SPLIT = "split", _("拆分")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    predecessor = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="origins")
    effective_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "predecessor", "successor"], name="unit_change_once")
        ]


class Post(VersionedRow):
    """A position in a unit and the roles that whoever holds it has there. A post that moves gets a new row."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    roles = models.JSONField(default=list)  # role codes; identity says what each may do
    separated_role = models.CharField(max_length=16, blank=True)  # the one of 三员 among them
    predecessor = models.ForeignKey("self", on_delete=models.PROTECT, related_name="successors", null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["unit", "code"], name="post_unit")]


class Appointment(VersionedRow):
    """An account in a post, from one day to another."""

    account_id = models.UUIDField()
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    predecessor = models.ForeignKey("self", on_delete=models.PROTECT, related_name="successors", null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "account_id"], name="appointment_account")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "account_id", "post"], condition=OPEN, name="appointment_open_once"
            )
        ]


class MatterLead(VersionedRow):
    """The duty ledger: the one unit that leads a matter in a region and its subtree, and its counter."""

    matter = models.CharField(max_length=80)
    region_code = models.CharField(max_length=12)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="leads")
    counter_name = models.CharField(max_length=100, blank=True)
    counter_address = models.CharField(max_length=200, blank=True)
    counter_hours = models.CharField(max_length=100, blank=True)
    counter_phone = models.CharField(max_length=40, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "matter", "region_code"], name="matter_lead_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "matter", "region_code"], condition=OPEN, name="matter_lead_open_once"
            )
        ]
