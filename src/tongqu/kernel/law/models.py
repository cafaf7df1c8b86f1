"""Clocks, and which versions of rules have been published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.rows import TenantRow, VersionedRow
from tongqu.kernel.law.rules import Extension, Pause, china_date


class Clock(VersionedRow):
    """One legal period running on a subject, with the numbers of its rule frozen at the start.

    `due_at` is always `rules.due` of the other columns: the last instant of the last day. While the clock is paused it
    is the earliest that the period can end. `terms` holds what else the rule said (see `operations.terms_of`).
    `pauses`: [{ground, start, end|null}]; `extensions`: [{rule_id, quantity, unit, approver, reason, at}].

    A clock is over when `ended_at` is set. One that ran out with no legal consequence (`overdue`) is `missed` and not
    over: the act is still owed, and stopping it records how late it came.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("计时中")
        PAUSED = "paused", _("暂停计时")
        STOPPED = "stopped", _("已结束")
        MISSED = "missed", _("已超期")

    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    name = models.CharField(max_length=40)
    rule_id = models.CharField(max_length=20)
    rule_version = models.CharField(max_length=36)
    started_at = models.DateTimeField()
    quantity = models.PositiveIntegerField()
    unit = models.CharField(max_length=10)
    day_type = models.CharField(max_length=10)
    terms = models.JSONField(default=dict)
    pauses = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    extensions = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    due_at = models.DateTimeField()
    provisional = models.BooleanField(default=False)
    promise_quantity = models.PositiveIntegerField(null=True)
    promise_unit = models.CharField(max_length=10, blank=True)
    promised_due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    on_miss = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    missed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    try_after = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "subject_kind", "subject_id", "name"],
                condition=models.Q(state__in=["running", "paused"]),
                name="law_clock_one_of_a_name_runs",
            )
        ]
        indexes = [
            models.Index(fields=["tenant_id", "subject_kind", "subject_id"], name="law_clock_subject"),
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="running", provisional=False),
                name="law_clock_sweep",
            ),
            models.Index(
                fields=["promised_due_at", "id"],
                condition=models.Q(state="running", provisional=False, promised_due_at__isnull=False),
                name="law_clock_promised",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.rule_id} → {self.last_day}"

    # --- what `rules.due` asks of a period ---------------------------------------------------------------------------
    @property
    def direction(self) -> str:
        return "after"

    @property
    def rolls(self) -> bool:
        return bool(self.terms.get("rolls", True))

    @property
    def ends(self) -> str:
        return str(self.terms.get("ends", "day"))

    # --- reading -----------------------------------------------------------------------------------------------------
    @property
    def cite(self) -> str:
        """For events: `L7@行政许可法-2019`."""
        return f"{self.rule_id}@{self.rule_version}"

    @property
    def consequence_cite(self) -> str:
        """The rule on which the consequence of missing it rests: `L2@…` for the clock of L1."""
        return self.terms.get("on_miss_rule") or self.cite

    @property
    def subject(self) -> tuple[str, UUID]:
        return (self.subject_kind, self.subject_id)

    @property
    def last_day(self) -> date:
        """The last day of the period, in Shanghai; it ends at 24:00."""
        return china_date(self.due_at)

    @property
    def promised_last_day(self) -> date | None:
        return china_date(self.promised_due_at) if self.promised_due_at else None

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @property
    def pause_list(self) -> list[Pause]:
        return pauses_of(self.pauses)

    @property
    def extension_list(self) -> list[Extension]:
        return extensions_of(self.extensions)

    @property
    def declared_extension(self) -> Mapping[str, Any] | None:
        """{quantity, needs, times} as the rule had it at the start, or None."""
        extension: dict[str, Any] | None = self.terms.get("extension")
        return extension


class CalendarNotice(TenantRow):
    """The notice of a year as an administrator loaded it; the latest of a year holds.

    Written once, but for the progress of working the running clocks out again: how far (`cursor`), how many of `total`
    were looked at and moved, and when it was done.
    """

    year = models.PositiveSmallIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    loaded_by = models.UUIDField(null=True)
    total = models.PositiveIntegerField(default=0)
    checked = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["year", "-id"], name="calendar_notice_year")]


class RuleOverlay(VersionedRow):
    """A rule set otherwise in a region, as an administrator put it on record (`schemas/overlay.schema.json`).

    Written once, but for its last day, which may come sooner: then `ended_by` and `ended_reason` say whose document
    ended it and why.
    """

    rule_id = models.CharField(max_length=20)
    rule_version = models.CharField(max_length=36)
    region_code = models.CharField(max_length=12)
    base = models.CharField(max_length=60)  # the version that it stands in for: L7@行政许可法-2019
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    loaded_by = models.UUIDField(null=True)
    effective_to = models.DateField(null=True)
    ended_by = models.UUIDField(null=True)
    ended_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "rule_id", "rule_version"], name="law_overlay_once")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}@{self.rule_version}"


class RuleVersion(TenantRow):
    """That this version of a rule has been published, and with which content. Written once."""

    rule_id = models.CharField(max_length=20)
    rule_version = models.CharField(max_length=36)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "rule_id", "rule_version"], name="law_rule_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}@{self.rule_version}"


def pauses_of(kept: Iterable[Mapping[str, Any]]) -> list[Pause]:
    """As a clock keeps them: {ground, start, end|null}."""
    return [Pause(p["ground"], _moment(p["start"]), _moment(p["end"]) if p["end"] else None) for p in kept]


def extensions_of(kept: Iterable[Mapping[str, Any]]) -> list[Extension]:
    """As a clock keeps them: {rule_id, quantity, unit, approver, reason, at}."""
    return [Extension(**{**e, "at": _moment(e["at"])}) for e in kept]


def _moment(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
