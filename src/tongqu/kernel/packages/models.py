"""Published versions, and the settings that regions have adopted."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.rows import TenantRow, VersionedRow


class PackageVersion(TenantRow):
    """One published version, whole. Written once and never changed: a case names it by id for ever."""

    code = models.CharField(max_length=60)
    number = models.CharField(max_length=24)  # as written in package.yaml: "1.0.0"
    hash = models.CharField(max_length=64)
    content = models.JSONField(encoder=DjangoJSONEncoder)
    effective_from = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code", "number"], name="package_version_once")]
        indexes = [models.Index(fields=["tenant_id", "code", "-effective_from", "-id"], name="package_current")]


class Adoption(VersionedRow):
    """A region takes a template of local law into use, on record, with its own values. `ended_at` null: in use."""

    package_code = models.CharField(max_length=60)
    setting = models.CharField(max_length=60)
    region_code = models.CharField(max_length=12)
    values = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    instrument = models.JSONField(encoder=DjangoJSONEncoder)  # name of the region's own document, {language: name}
    started_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "package_code", "setting", "region_code"],
                condition=models.Q(ended_at__isnull=True),
                name="package_adoption_once",
            )
        ]
