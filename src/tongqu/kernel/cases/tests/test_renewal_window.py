# ruff: noqa: F811  (fixtures that are imported)
"""The time to renew a licence where a region sets it otherwise: asked, watched, told by the rule of the region."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.cases import renewing
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.reminding import remind_all
from tongqu.kernel.cases.tests.test_renewals import (  # noqa: F401
    AFTER,
    EXPIRY,
    LAST_IN_TIME,
    asked,
    drafted,
    held,
    refusal,
    renewal,
    state,
    watch,
)
from tongqu.kernel.cases.tests.test_set_otherwise import own_register, set_otherwise  # noqa: F401
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.law.work import sweep
from tongqu.kernel.packages.queries import version
from tongqu.kernel.records.models import ELicence

pytestmark = pytest.mark.django_db
FAR_AWAY = date(2026, 7, 24)  # 90 working days before: mid March; 120: the end of January
PILOT_CLOSES = datetime(2026, 6, 23, 17, 0, tzinfo=SHANGHAI)  # 5 working days before


def until(licence: ELicence, last_day: date) -> None:
    ELicence.objects.filter(id=licence.id).update(valid_to=last_day)


def window(renewal_id: UUID, valid_to: date, region: str) -> renewing.Window:
    return renewing.window(version(renewal_id), valid_to, region)


def test_it_opens_sooner_where_the_region_says_so_and_only_there(
    world: World,
    renewal: UUID,
    held: ELicence,
) -> None:
    until(held, FAR_AWAY)
    assert refusal(world, drafted(world, renewal, held.number)).code == "renewal-too-early"
    set_otherwise("FB9.open", region="990103", sets={"quantity": 120})
    assert refusal(world, drafted(world, renewal, held.number)).code == "renewal-too-early", "a neighbour's pilot"
    set_otherwise("FB9.open", version="清溪试点-更早", sets={"quantity": 120})
    assert state(asked(world, renewal, held.number)) == "received"


def test_too_early_cites_the_pilot(world: World, renewal: UUID, held: ELicence) -> None:
    set_otherwise("FB9.open", sets={"quantity": 60})
    until(held, date(2026, 7, 10))
    found = refusal(world, drafted(world, renewal, held.number))
    assert found.code == "renewal-too-early" and found.rule == "FB9.open@清溪试点-FB9.open"


def test_who_asks_within_the_regions_last_day_may_rely_on_silence(
    world: World,
    renewal: UUID,
    held: ELicence,
) -> None:
    set_otherwise("FB9.close", sets={"quantity": 5})
    with clock.at(PILOT_CLOSES):
        case_id = asked(world, renewal, held.number)
        assert watch(case_id) is not None
    with clock.at(AFTER):
        sweep()
    assert state(case_id) == "approved"


def test_a_case_elsewhere_goes_by_the_common_last_day(
    world: World,
    renewal: UUID,
    held: ELicence,
) -> None:
    set_otherwise("FB9.close", region="990103", sets={"quantity": 5})
    with clock.at(PILOT_CLOSES):
        assert watch(asked(world, renewal, held.number)) is None
    assert window(renewal, EXPIRY, "990102000000").closes == LAST_IN_TIME.date()
    assert window(renewal, EXPIRY, "990103000000").closes == PILOT_CLOSES.date()


def test_the_rule_in_force_on_the_day_of_expiry_decides(renewal: UUID, world: World) -> None:
    set_otherwise("FB9.close", sets={"quantity": 5})
    here = "990102000000"
    for valid_to in (date(2026, 12, 31), date(2027, 1, 4)):
        pilot = window(renewal, valid_to, here).close_rule.authority is not None
        assert pilot == (valid_to.year == 2026)


@pytest.mark.parametrize("begins", ["2026-02-22", "2026-03-01"])
def test_nobody_asks_by_a_pilot_before_it_begins(world: World, renewal: UUID, begins: str) -> None:
    """120 working days before 14 July lie in January; the pilot is in force weeks later."""
    common = window(renewal, date(2026, 7, 7), "")
    set_otherwise("FB9.open", effective_from=begins, sets={"quantity": 120})
    found = window(renewal, date(2026, 7, 7), "990102000000")
    expected = min(common.opens, date.fromisoformat(begins))
    assert (found.opens, found.open_rule.authority is not None) == (expected, expected < common.opens)


def test_an_earlier_last_day_takes_no_day_away_that_had_passed(
    world: World,
    renewal: UUID,
) -> None:
    valid_to = date(2026, 3, 20)
    common = window(renewal, valid_to, "")
    set_otherwise("FB9.close", effective_from="2026-03-10", sets={"quantity": 40})
    assert window(renewal, valid_to, "990102000000") == common


def test_holders_are_told_when_it_opens_where_their_licence_was_granted(
    world: World,
    renewal: UUID,
    held: ELicence,
) -> None:
    """The region's is open sooner than that of a licence before it, which does not keep it from being told."""
    set_otherwise("FB9.open", sets={"quantity": 120})
    until(held, date(2026, 8, 5))
    other = another(world, date(2026, 8, 4))
    Case.objects.filter(id=other.case_id).update(region_code="990103000000")
    assert (remind_all(), remind_all()) == (1, 0)
    told = ELicence.objects.exclude(renewal_told_at=None).get()
    assert told.id == held.id


def another(world: World, last_day: date) -> ELicence:
    case_id = world.granted()
    world.act("system", case_id, "issue")
    ELicence.objects.filter(case_id=case_id).update(valid_to=last_day)
    return ELicence.objects.get(case_id=case_id)
