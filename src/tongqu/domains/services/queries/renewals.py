"""Which of a visitor's licences may be renewed today, by which item and in whose name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from tongqu.kernel.acts.clock import today
from tongqu.kernel.cases import renewing
from tongqu.kernel.cases.reminding import items_that_renew
from tongqu.kernel.identity.queries import Standing
from tongqu.kernel.records.models import ELicence


def renewals_of(held: Sequence[ELicence], standings: Sequence[Standing]) -> Mapping[UUID, dict[str, Any]]:
    """{licence: {code, mandate, closes, late, rules}} of those whose time to renew has come; `rules`: those of the
    window that a region has set otherwise. One query, none without any licence, two where a region has set some."""
    on = today().date()
    if not any(one.valid_to and one.state == "valid" for one in held):
        return {}
    mandates = {s.party_id: str(s.mandate_id or "") for s in standings if s.items is None}
    found: dict[UUID, dict[str, Any]] = {}
    for package in items_that_renew():
        for one, window in renewing.open_now(package, held, on):
            found[one.id] = {
                "code": package.code, "mandate": mandates.get(one.holder_id, ""), "closes": window.closes,
                "late": on > window.closes, "rules": [rule for rule in window.rules if rule.authority],
            }  # fmt: skip
    return found
