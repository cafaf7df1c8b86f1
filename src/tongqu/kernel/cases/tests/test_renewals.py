"""延续 (L15): a licence is renewed by decision or by silence; early, late, another's, ended, twice at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import Case, Decision
from tongqu.kernel.cases.operations.effects import EFFECTS
from tongqu.kernel.cases.tests.world import FACTS, PDF, SYSTEM, World
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.work import sweep
from tongqu.kernel.packages.operations import publish
from tongqu.kernel.packages.queries import version
from tongqu.kernel.records.models import ELicence
from tongqu.kernel.records.queries import verify

pytestmark = pytest.mark.django_db

EXPIRY = date(2026, 6, 30)
LAST_IN_TIME = datetime(2026, 6, 8, 17, 0, tzinfo=SHANGHAI)  # 15 working days before, the Dragon Boat Festival between
END_OF_TERM = datetime(2026, 6, 30, 23, 59, 59, 999999, tzinfo=SHANGHAI)
AFTER = datetime(2026, 7, 1, 0, 5, tzinfo=SHANGHAI)


@pytest.fixture
def renewal(world: World) -> UUID:
    """The published version of the renewal item."""
    made = publish(SYSTEM, folder=Path(settings.TQ_PACKAGES_DIR) / "food-business-licence-renewal")
    return version(made.id).id  # type: ignore[return-value]


@pytest.fixture
def held(world: World) -> ELicence:
    """The shop's licence, which expires on Tuesday 30 June 2026."""
    case_id = world.granted()
    world.act("system", case_id, "issue")
    world.act("system", case_id, "deliver", inputs={"mode": "electronic"})
    ELicence.objects.filter(case_id=case_id).update(valid_from=date(2021, 6, 30), valid_to=EXPIRY)
    return ELicence.objects.get(case_id=case_id)


def drafted(world: World, renewal: UUID, number: str, **typed: Any) -> UUID:
    made = cases.open_draft(
        world.owner, package_version_id=renewal, applicant_id=world.shop, applicant_name="清溪区秋实小馆",
        applicant_kind="sole_trader", region_code="990102000000", facts=FACTS,
    )  # fmt: skip
    values = {
        "licence_no": number, "conditions": "unchanged", "contact_phone": "19900000001",
        "delivery_way": "electronic", **typed,
    }  # fmt: skip
    cases.save_draft(world.owner, case_id=UUID(made["case_id"]), values=values)
    return UUID(made["case_id"])


def asked(world: World, renewal: UUID, number: str) -> UUID:
    case_id = drafted(world, renewal, number)
    world.act("owner", case_id, "submit", inputs={"declaration": ["yes"]})
    return case_id


def reviewed(world: World, case_id: UUID) -> UUID:
    world.act("clerk", case_id, "accept")
    world.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "grant", "reason": "没有变化"})
    return case_id


def state(case_id: UUID) -> str:
    return str(Case.objects.get(id=case_id).state)


def watch(case_id: UUID) -> Clock | None:
    return Clock.objects.filter(subject_id=case_id, name="renewal").order_by("-id").first()


def refusal(world: World, case_id: UUID) -> Refused:
    with pytest.raises(Refused) as caught:
        world.act("owner", case_id, "submit", inputs={"declaration": ["yes"]})
    assert state(case_id) == "draft"
    return caught.value


# --- by decision -----------------------------------------------------------------------------------------------------


def test_granted_the_number_stays_and_the_old_licence_gives_way(world: World, renewal: UUID, held: ELicence) -> None:
    case_id = reviewed(world, asked(world, renewal, held.number))
    clock_ = watch(case_id)
    assert clock_ is not None and clock_.due_at == END_OF_TERM
    world.act("head", case_id, "grant")
    clock_.refresh_from_db()
    assert (clock_.state, clock_.outcome) == ("stopped", "granted")
    world.act("system", case_id, "issue")
    held.refresh_from_db()
    fresh = ELicence.objects.get(case_id=case_id)
    assert (held.state, held.state_rule.partition("@")[0]) == ("renewed", "L15.decide")
    assert (fresh.number, fresh.state, fresh.valid_from, fresh.valid_to) == (
        held.number, "valid", date(2026, 3, 2), date(2031, 3, 2),
    )  # fmt: skip
    old = {line["name"]: line["value"] for line in held.lines}
    new = {line["name"]: line["value"] for line in fresh.lines}
    assert new.pop("validity") == "2026年3月2日至2031年3月2日" and old.pop("validity")
    assert new.pop("issued_on") == "2026年3月2日" and old.pop("issued_on")
    assert new == old, "name, premises, kind and items are taken over"
    assert verify(fresh.token).status == "valid"
    assert Event.objects.filter(kind="records.licence_renewed", subject_id=held.id).count() == 1


def test_the_number_is_found_however_it_is_typed(world: World, renewal: UUID, held: ELicence) -> None:
    typed = f" {held.number[:4].lower()} {held.number[4:10]}  {held.number[10:]} "
    case_id = asked(world, renewal, typed)
    assert Case.objects.get(id=case_id).renews == held.id


def test_what_has_changed_is_visited(world: World, renewal: UUID, held: ELicence) -> None:
    case_id = drafted(world, renewal, held.number, conditions="changed", change_note="增加一台蒸箱")
    cases.add_material(
        world.owner, case_id=case_id, code="premises_plan", upload=Upload("premises_plan", "图.pdf", PDF)
    )
    world.act("owner", case_id, "submit", inputs={"declaration": ["yes"]})
    world.act("clerk", case_id, "accept")
    with pytest.raises(Refused) as caught:
        world.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "grant", "reason": "无"})
    assert caught.value.code == "check-missing"


# --- by silence ------------------------------------------------------------------------------------------------------


def test_silence_until_expiry_counts_as_consent_once(world: World, renewal: UUID, held: ELicence) -> None:
    case_id = asked(world, renewal, held.number)
    world.act("clerk", case_id, "accept")
    with clock.at(datetime(2026, 6, 30, 23, 59, tzinfo=SHANGHAI)):
        sweep()
        assert state(case_id) == "accepted", "the last day is the organ's"
    with clock.at(AFTER):
        sweep()
        sweep()
        assert state(case_id) == "approved"
        world.act("system", case_id, "issue")
    event = Event.objects.get(kind="cases.deem_renewed", subject_id=case_id)
    decision = Decision.objects.get(case_id=case_id)
    assert event.rule.startswith("L15.decide@") and event.actor["kind"] == "system"
    assert event.effective_at == decision.decided_at == END_OF_TERM
    assert (decision.kind, decision.decided_by) == ("grant", None)
    fresh = ELicence.objects.get(case_id=case_id)
    assert (fresh.number, fresh.valid_from, fresh.valid_to) == (held.number, EXPIRY, date(2031, 6, 30))
    running = Clock.objects.filter(subject_id=case_id, state="running").values_list("name", flat=True)
    assert list(running) == ["deliver"], "nothing else is owed"


def test_after_expiry_nobody_refuses_any_more_even_before_the_sweep(
    world: World, renewal: UUID, held: ELicence
) -> None:
    case_id = reviewed(world, asked(world, renewal, held.number))
    with clock.at(AFTER):
        with pytest.raises(Refused) as caught:
            world.act("head", case_id, "refuse", inputs={"ground": "refuse.conditions_not_met", "reason": "不符合条件"})
        assert caught.value.code == "time-has-run-out"
        sweep()
    assert state(case_id) == "approved"


def test_the_last_day_in_time_and_the_day_after(world: World, renewal: UUID, held: ELicence) -> None:
    with clock.at(LAST_IN_TIME):
        case_id = asked(world, renewal, held.number)
        assert watch(case_id) is not None
        world.act("owner", case_id, "withdraw")
    with clock.at(LAST_IN_TIME + timedelta(days=1)):
        late = asked(world, renewal, held.number)
    assert watch(late) is None, "late: no silence to rely on"
    with clock.at(AFTER):
        sweep()
        assert state(late) not in {"approved", "issued"}
    held.refresh_from_db()
    assert held.state == "valid", "and the old licence is as it was"


def test_a_late_one_may_still_be_granted_after_expiry(world: World, renewal: UUID, held: ELicence) -> None:
    with clock.at(LAST_IN_TIME + timedelta(days=1)):
        case_id = reviewed(world, asked(world, renewal, held.number))
    with clock.at(AFTER):
        world.act("head", case_id, "grant")
        world.act("system", case_id, "issue")
    fresh = ELicence.objects.get(case_id=case_id)
    assert (fresh.valid_from, fresh.valid_to) == (date(2026, 7, 1), date(2031, 7, 1)), "from the decision"


def test_while_the_applicant_owes_something_silence_is_not_consent(world: World, renewal: UUID, held: ELicence) -> None:
    case_id = asked(world, renewal, held.number)
    world.act("clerk", case_id, "request_supplement", inputs={"field__conditions": "请核对"})
    stopped = watch(case_id)
    assert stopped is not None and stopped.outcome == "supplement_requested"
    world.act("owner", case_id, "supply", inputs={"conditions": "unchanged"})
    again = watch(case_id)
    assert again is not None and again.id != stopped.id and again.state == "running"


def test_a_special_procedure_does_not_hold_it_up(world: World, renewal: UUID, held: ELicence) -> None:
    case_id = reviewed(world, asked(world, renewal, held.number))
    world.act("reviewer", case_id, "pause", inputs={"ground": "pause.expert_review", "expected_days": "30"})
    with clock.at(AFTER):
        sweep()
    assert state(case_id) == "approved"


def test_a_licence_ended_in_the_meantime_is_not_deemed_renewed(world: World, renewal: UUID, held: ELicence) -> None:
    case_id = reviewed(world, asked(world, renewal, held.number))
    world.act(
        "head", held.case_id, "retract", inputs={"ground": "retract.law_changed", "reason": "依据的法规已经修改"}
    )  # fmt: skip
    with pytest.raises(Refused) as caught:
        world.act("head", case_id, "grant")
    assert caught.value.code == "licence-not-valid"
    with clock.at(AFTER):
        sweep()
    assert state(case_id) == "under_review"
    assert not ELicence.objects.filter(case_id=case_id).exists()


# --- what cannot be renewed ------------------------------------------------------------------------------------------


def test_too_early_says_from_when(world: World, renewal: UUID, held: ELicence) -> None:
    ELicence.objects.filter(id=held.id).update(valid_to=date(2026, 12, 31))
    found = refusal(world, drafted(world, renewal, held.number))
    assert found.code == "renewal-too-early" and found.rule is not None and found.rule.startswith("FB9.open")
    assert "2026年8月" in str(found.message)


def test_expired_unknown_anothers_and_ended(world: World, renewal: UUID, held: ELicence) -> None:
    draft = drafted(world, renewal, held.number)
    with clock.at(AFTER):
        assert refusal(world, draft).code == "licence-expired"
    unknown = refusal(world, drafted(world, renewal, "JY29901020000999"))
    ELicence.objects.filter(id=held.id).update(holder_id=world.stranger.party_id)
    anothers = refusal(world, draft)
    assert (unknown.code, str(unknown.message)) == (anothers.code, str(anothers.message)), "one learns nothing"
    ELicence.objects.filter(id=held.id).update(holder_id=world.shop, state="revoked")
    assert refusal(world, draft).code == "licence-not-valid"
    ELicence.objects.filter(id=held.id).update(state="valid", valid_to=None)
    assert refusal(world, draft).code == "licence-without-end"


def test_one_at_a_time_and_again_after_it_ended(world: World, renewal: UUID, held: ELicence) -> None:
    first, second = drafted(world, renewal, held.number), drafted(world, renewal, held.number)
    world.act("owner", first, "submit", inputs={"declaration": ["yes"]})
    found = refusal(world, second)
    assert found.code == "renewal-running" and str(Case.objects.get(id=first).case_no) in str(found.message)
    world.act("owner", first, "withdraw")
    held.refresh_from_db()
    assert held.state == "valid"
    world.act("owner", second, "submit", inputs={"declaration": ["yes"]})
    assert state(second) == "received"


def test_two_at_once_is_a_conflict_even_where_both_saw_none(
    world: World, renewal: UUID, held: ELicence, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = drafted(world, renewal, held.number), drafted(world, renewal, held.number)
    world.act("owner", first, "submit", inputs={"declaration": ["yes"]})
    monkeypatch.setattr("tongqu.kernel.cases.renewing.fault", lambda *args: None)  # both looked before either wrote
    with pytest.raises(Conflict):
        world.act("owner", second, "submit", inputs={"declaration": ["yes"]})


def test_another_constraint_is_not_taken_for_a_second_renewal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, case_id = world.submitted(), world.submitted()
    number = Case.objects.get(id=taken).case_no
    monkeypatch.setitem(EFFECTS, "accept", lambda ctx: setattr(ctx.case, "case_no", number))
    with pytest.raises(IntegrityError), transaction.atomic():
        world.act("clerk", case_id, "accept")


def test_refused_leaves_the_old_one_valid(world: World, renewal: UUID, held: ELicence) -> None:
    case_id = reviewed(world, asked(world, renewal, held.number))
    world.act("head", case_id, "refuse", inputs={"ground": "refuse.conditions_not_met", "reason": "不符合条件"})
    held.refresh_from_db()
    found = watch(case_id)
    assert held.state == "valid" and found is not None and found.outcome == "refused"
    with clock.at(AFTER):
        sweep()
    assert state(case_id) == "refused"


def test_a_renewed_licence_is_ended_on_the_case_that_renewed_it(world: World, renewal: UUID, held: ELicence) -> None:
    case_id = reviewed(world, asked(world, renewal, held.number))
    world.act("head", case_id, "grant")
    world.act("system", case_id, "issue")
    how = {"ground": "retract.law_changed", "reason": "依据的法规已经修改"}
    with pytest.raises(Conflict):
        world.act("head", held.case_id, "retract", inputs=how)
    world.act("head", case_id, "retract", inputs=how)
    assert ELicence.objects.get(case_id=case_id).state == "retracted"


def test_an_item_that_renews_nothing_has_no_such_clock(world: World) -> None:
    case_id = world.submitted()
    assert watch(case_id) is None and Case.objects.get(id=case_id).renews is None


# --- telling the holder ----------------------------------------------------------------------------------------------


def test_the_holder_is_told_once_when_the_time_has_come(world: World, renewal: UUID, held: ELicence) -> None:
    from tongqu.kernel.cases.reminding import remind_all, tell_holders
    from tongqu.kernel.notices.models import Notice

    ELicence.objects.filter(id=held.id).update(valid_to=date(2026, 12, 31))
    assert remind_all() == 0, "not yet"
    ELicence.objects.filter(id=held.id).update(valid_to=EXPIRY)
    assert (remind_all(), remind_all()) == (1, 0)
    event = Event.objects.get(kind="records.renewal_open", subject_id=held.id)
    tell_holders([event])
    notice = Notice.objects.get(template="licence_renewal_opens")
    assert notice.party_id == world.shop
    assert (notice.params["number"], notice.params["closes"]) == (held.number, "2026-06-08")


def test_nobody_is_told_of_an_ended_licence(world: World, renewal: UUID, held: ELicence) -> None:
    from tongqu.kernel.cases.reminding import remind_all

    ELicence.objects.filter(id=held.id).update(state="revoked")
    assert remind_all() == 0
