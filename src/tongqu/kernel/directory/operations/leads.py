"""The duty ledger: for each matter and place exactly one lead unit, and the counter that takes applications."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.errors import Conflict, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.directory import events
from tongqu.kernel.directory.models import OPEN, MatterLead
from tongqu.kernel.directory.operations.series import (
    close_row,
    effective,
    present,
    region_in_force,
    text,
)

COUNTER = ("counter_name", "counter_address", "counter_hours", "counter_phone")


@operation("directory.name_lead")
def name_lead(
    act: Act,
    *,
    matter: str,
    region_code: str,
    unit_id: UUID,
    counter_name: str = "",
    counter_address: str = "",
    counter_hours: str = "",
    counter_phone: str = "",
    on: date | None = None,
) -> dict[str, Any]:
    """From `on`, `unit_id` leads `matter` in the region and all below it that has no lead of its own.

    The unit that led until then stops on that day. Raises NotFound, Conflict (it has ended; a later change is on
    record; another call named one at this moment), Invalid (region).
    """
    day = effective(on)
    region = region_in_force(region_code, day)
    act.require("directory.manage", Scope(unit_id=unit_id, region_code=region))
    matter = text(matter, field="matter", label=_("事项"), limit=80)
    counter = {
        "counter_name": text(counter_name, field="counter_name", label=_("窗口名称"), limit=100, optional=True),
        "counter_address": text(
            counter_address, field="counter_address", label=_("窗口地址"), limit=200, optional=True
        ),
        "counter_hours": text(counter_hours, field="counter_hours", label=_("办公时间"), limit=100, optional=True),
        "counter_phone": text(counter_phone, field="counter_phone", label=_("窗口电话"), limit=40, optional=True),
    }
    present(act, unit_id, day)
    place = {"tenant_id": act.actor.tenant_id, "matter": matter, "region_code": region}
    current = MatterLead.objects.select_for_update().filter(OPEN, **place).first()
    if current is not None:
        if current.unit_id == unit_id and all(getattr(current, name) == value for name, value in counter.items()):
            act.unchanged()
            return {"lead_id": str(current.id)}
        close_row(current, day).save(update_fields=["valid_to"])
    try:
        with transaction.atomic():
            lead = MatterLead.objects.create(**place, **counter, unit_id=unit_id, valid_from=day)
    except IntegrityError as error:
        raise Conflict() from error
    act.emit(
        events.LEAD_NAMED,
        subject=("unit", unit_id),
        body={
            "lead": lead.id, "matter": matter, "region_code": region, "on": day,
            "before": current.unit_id if current else None,
        },
    )  # fmt: skip
    return {"lead_id": str(lead.id)}


@operation("directory.end_lead")
def end_lead(act: Act, *, matter: str, region_code: str, on: date | None = None) -> dict[str, Any]:
    """From `on` the region has no lead of its own for the matter; the place above answers again. Raises NotFound."""
    day = effective(on)
    region = region_in_force(region_code, day)
    act.require("directory.manage", Scope(region_code=region))
    current = (
        MatterLead.objects.select_for_update()
        .filter(OPEN, tenant_id=act.actor.tenant_id, matter=matter, region_code=region)
        .first()
    )
    if current is None:
        raise NotFound(_("该地区没有为这一事项确定牵头单位"), field="matter")
    close_row(current, day).save(update_fields=["valid_to"])
    body = {"lead": current.id, "matter": matter, "region_code": region, "on": day, "ended": True}
    act.emit(events.LEAD_NAMED, subject=("unit", current.unit_id), body=body)
    return {"lead_id": str(current.id)}
