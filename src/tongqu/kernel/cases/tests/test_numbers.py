"""Numbers of cases in use: gapless, unique, found again; the number from above, and what happens without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings

from tests.rig.queries import count_queries
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock, ports, relay
from tongqu.kernel.acts.errors import Conflict, Invalid, NotPermitted, Unavailable
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases import patterns, progress
from tongqu.kernel.cases.context import open_case
from tongqu.kernel.cases.demo_upper import DemoUpperPlatform
from tongqu.kernel.cases.finding import as_number, find_cases
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.operations import note_upper_number, upper
from tongqu.kernel.cases.ports import NumberAsked, UpperNumber
from tongqu.kernel.cases.tests.world import MONDAY, SYSTEM, World
from tongqu.kernel.cases.worklist import Worklist, worklist
from tongqu.kernel.identity.models import Account
from tongqu.kernel.jobs import worker
from tongqu.kernel.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_monday() -> Iterator[None]:
    cache.clear()
    with clock.at(MONDAY):
        yield
    ports.register(UpperNumber, DemoUpperPlatform())  # type: ignore[type-abstract]
    cache.clear()


class Platform:
    """An upper platform that answers as told; notes how deep in transactions it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), 0
        self.depths: list[int] = []

    def wants(self, item_code: str, region_code: str) -> bool:
        return True

    def fetch(self, asked: NumberAsked, *, timeout: float) -> str:
        self.asked += 1
        self.depths.append(len(connection.savepoint_ids))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]


def above(*answers: Any) -> Platform:
    platform = Platform(*answers)
    ports.register(UpperNumber, platform)  # type: ignore[type-abstract]
    return platform


def signed_in(world: World) -> Client:
    client = Client()
    account = Account.objects.get(id=world.owner.account_id)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def submit(client: Client, case_id: UUID) -> Any:
    return client.post(f"/my/cases/{case_id}/check", {"_key": str(uuid7()), "declaration": "yes"})


def found(world: World, text: str) -> list[str]:
    return [str(r.case.case_no) for r in worklist(world.staff["clerk"], Worklist(number=text)).rows]


def test_numbers_run_without_gaps_also_where_a_submission_failed(world: World) -> None:
    first = Case.objects.get(id=world.submitted())
    with pytest.raises(Invalid):
        world.act("owner", world.draft(), "submit", inputs={})
    second = Case.objects.get(id=world.submitted())
    assert int(str(second.case_no)) == int(str(first.case_no)) + 1
    assert second.receipt_no == f"SJ{second.case_no}"


@pytest.mark.parametrize("how", ["{c}", "{r}", " {c} ", "{tail}", "{spaced}", "{wide}", "{small}"])
def test_the_work_list_finds_a_case_by_each_of_its_numbers(how: str, world: World) -> None:
    case = Case.objects.get(id=world.submitted())
    world.submitted()
    c, r = str(case.case_no), str(case.receipt_no)
    wide = "".join(chr(ord(x) + 0xFEE0) for x in c)
    typed = how.format(c=c, r=r, tail=c[-6:], spaced=f"{c[:6]}-{c[6:14]} {c[14:]}", wide=wide, small=r.lower())
    assert found(world, typed) == [c]


@pytest.mark.parametrize("typed", ["99", "000000", "' OR 1=1 --", "%", "_", "\u202e", "９" * 500, "二〇二六"])
def test_what_is_no_number_finds_nothing(typed: str, world: World) -> None:
    world.submitted()
    assert found(world, typed) == []


def test_another_units_clerk_finds_nothing_by_a_right_number(world: World) -> None:
    case = Case.objects.get(id=world.submitted())
    assert worklist(world.staff["outsider"], Worklist(number=str(case.case_no))).rows == []


def test_a_unit_numbers_in_its_own_way(world: World, tmp_path: Path) -> None:
    file = tmp_path / "numbers.yaml"
    file.write_text(
        'version: 1\ncase: "{region:6}{day}{serial:5}"\nreceipt: "SJ{case}"\nunits:\n  qx-scjg:\n'
        '    case: "SC{year}{serial:6}{check}"\n    receipt: "R{year}{serial:8}"\n'
    )
    with override_settings(TQ_NUMBERS_FILE=str(file)):
        case = Case.objects.get(id=world.submitted())
    assert str(case.case_no).startswith("SC2026000001") and case.receipt_no == "R202600000001"
    assert found(world, str(case.receipt_no)[-6:]) == [case.case_no] == found(world, str(case.case_no)[-6:])
    patterns.book.cache_clear()


MADE = {
    "case": "SC{year}A{serial:6}", "receipt": "R{year}SJ{serial:8}B", "upper": "XK-2026-JY〔第7批〕0003Z1",
}  # fmt: skip


@pytest.mark.parametrize("which", ["case", "receipt", "upper"])
def test_whatever_a_pattern_makes_is_found_everywhere(which: str, world: World, tmp_path: Path) -> None:
    """Letters between the digits, at the end, and Han: in the work list, in the search and where anybody asks."""
    file = tmp_path / "numbers.yaml"
    file.write_text(f'version: 1\ncase: "{MADE["case"]}"\nreceipt: "{MADE["receipt"]}"\n')
    above(MADE["upper"])
    with override_settings(TQ_NUMBERS_FILE=str(file)):
        case_id = world.draft()
        assert submit(signed_in(world), case_id).status_code == 302
    patterns.book.cache_clear()
    case = Case.objects.get(id=case_id)
    assert case.upper_no == MADE["upper"]
    number = str({"case": case.case_no, "receipt": case.receipt_no, "upper": case.upper_no}[which])
    for typed in (number, number.lower(), f"{number[:4]} {number[4:]}"):
        assert found(world, typed) == [case.case_no], typed
        assert [one.row.case_id for one in find_cases(world.staff["clerk"], typed)] == [case_id], typed
        assert as_number(typed)
    if which == "receipt":
        seen = progress.progress(SYSTEM, number=number.lower(), code=progress.code_of(case_id))
        assert seen.case_no == case.case_no


# --- from above ------------------------------------------------------------------------------------------------------


def test_the_upper_platforms_number_is_there_before_receipt_and_asked_outside_the_transaction(world: World) -> None:
    base = len(connection.savepoint_ids)
    platform = above("YS99-000000123456")
    case_id = world.draft()
    assert submit(signed_in(world), case_id).status_code == 302
    case = Case.objects.get(id=case_id)
    assert case.upper_no == "YS99-000000123456" and case.state == "received"
    assert platform.depths == [base] and platform.asked == 1
    kinds = list(Event.objects.filter(subject_id=case_id).order_by("id").values_list("kind", flat=True))
    assert kinds.index("cases.upper_numbered") < kinds.index("cases.submit")
    for typed in ("YS99-000000123456", "ys99 000000123456", "123456"):
        assert found(world, typed) == [case.case_no]


def test_receipt_goes_on_when_the_platform_above_is_silent_and_a_job_asks_again(world: World) -> None:
    platform = above(Unavailable(), Unavailable(), "YS99-000000000777")
    case_id = world.draft()
    assert submit(signed_in(world), case_id).status_code == 302
    case = Case.objects.get(id=case_id)
    assert case.state == "received" and case.upper_no is None and platform.asked == 2
    relay.drain()
    silent = Event.objects.get(subject_id=case_id, kind="cases.upper_silent")
    assert (silent.rule or "").startswith("L1@")
    worker.run_pending()
    case.refresh_from_db()
    assert case.upper_no == "YS99-000000000777" and platform.asked == 3


def test_nobody_waits_twice_for_a_platform_that_is_down(world: World) -> None:
    platform = above(Unavailable())
    for _ in range(3):
        assert submit(signed_in(world), world.draft()).status_code == 302
    assert platform.asked == upper.TRIES


@pytest.mark.parametrize(
    "answer",
    ["", " ", "x" * 65, "没有编号", "12\n34", "\u202e123456", None, 17, RuntimeError("secret 990102198509150029")],
)
def test_what_is_no_number_from_above_is_not_taken(answer: Any, world: World, caplog: Any) -> None:
    above(answer)
    case_id = world.draft()
    assert submit(signed_in(world), case_id).status_code == 302
    case = Case.objects.get(id=case_id)
    assert case.state == "received" and case.upper_no is None
    assert "990102198509150029" not in caplog.text


def test_a_number_that_another_case_has_is_refused_and_receipt_goes_on(world: World) -> None:
    above("YS99-000000123456")
    one, other = world.draft(), world.draft()
    for case_id in (one, other):
        assert submit(signed_in(world), case_id).status_code == 302
    assert Case.objects.get(id=other).upper_no is None and Case.objects.get(id=other).state == "received"
    with pytest.raises(Conflict):
        note_upper_number(SYSTEM, case_id=other, number="ys99 000000123456")


def test_an_incomplete_draft_uses_up_no_number(world: World) -> None:
    platform = above("YS99-000000123456")
    case_id = world.draft(area="")
    assert submit(signed_in(world), case_id).status_code == 422
    assert platform.asked == 0


def test_nobody_but_the_platform_itself_writes_the_number(world: World) -> None:
    for actor in (world.owner, world.staff["clerk"]):
        with pytest.raises(NotPermitted):
            note_upper_number(actor, case_id=world.submitted(), number="1234567")


def test_the_number_once_given_stays(world: World) -> None:
    case_id = world.submitted()
    note_upper_number(SYSTEM, case_id=case_id, number="A-1")
    assert note_upper_number(SYSTEM, case_id=case_id, number="A-2")["upper_no"] == "A-1"


def test_a_job_that_finds_the_platform_silent_stays_in_the_queue(world: World) -> None:
    above(Unavailable())
    submit(signed_in(world), world.draft())
    relay.drain()
    worker.run_pending()
    assert Job.objects.filter(kind="cases.fetch_upper_number", state="ready").exists()


def by_program(client: Client, world: World, case_id: UUID) -> Any:
    body = {"inputs": {"declaration": ["yes"]}, "expected_version": Case.objects.get(id=case_id).version}
    return client.post(
        f"/api/v1/cases/{case_id}/acts/submit", body, content_type="application/json",
        headers={"Idempotency-Key": str(uuid7())},
    )  # fmt: skip


def test_a_submission_by_program_is_numbered_above_too(world: World) -> None:
    above("YS99-000000123456")
    client, case_id = signed_in(world), world.draft()
    client.get(f"/my/cases/{case_id}/check")  # the page makes him stand for the shop
    assert by_program(client, world, case_id).status_code == 200
    assert Case.objects.get(id=case_id).upper_no == "YS99-000000123456"


def test_a_number_that_another_case_has_keeps_no_submission_by_program_back(world: World) -> None:
    above("YS99-000000123456")
    note_upper_number(SYSTEM, case_id=world.submitted(), number="ys99-000000123456")
    client, case_id = signed_in(world), world.draft()
    client.get(f"/my/cases/{case_id}/check")
    assert by_program(client, world, case_id).status_code == 200
    case = Case.objects.get(id=case_id)
    assert (case.upper_no, case.state) == (None, "received")
    assert not Event.objects.filter(subject_id=case_id, kind="cases.upper_numbered").exists()


def test_what_was_made_of_the_row_before_it_was_locked_is_not_made_again(world: World) -> None:
    case_id = world.submitted()
    procedure, _package, facts = open_case(Case.objects.get(id=case_id))
    judged = facts.made_for(procedure.actions["accept"])
    assert {"form_errors", "missing_materials"} <= vars(judged).keys()
    with count_queries() as count:
        world.act("clerk", case_id, "accept", brought={"judged": judged})
    assert not [one for one in count.statements if "identity_personkey" in one]


def test_nothing_is_made_ahead_for_an_act_that_the_state_does_not_allow(world: World) -> None:
    procedure, _package, facts = open_case(Case.objects.get(id=world.submitted()))
    assert not vars(facts.made_for(procedure.actions["grant"])).keys() & {"entries", "form_errors"}


def test_a_draft_that_changed_since_it_was_judged_is_judged_anew(world: World) -> None:
    earlier = world.draft()
    _procedure, _package, judged = open_case(Case.objects.get(id=earlier))
    assert not judged.form_errors and not judged.missing_materials
    cases.save_draft(world.owner, case_id=earlier, values={"area": ""})
    with pytest.raises(Invalid) as refused:
        cases.act(
            world.owner, case_id=earlier, action="submit", inputs={"declaration": ["yes"]}, brought={"judged": judged}
        )
    assert "area" in refused.value.fields


def test_a_stranger_uses_up_no_number(world: World) -> None:
    platform = above("YS99-000000123456")
    client, case_id = Client(), world.draft()
    account = Account.objects.get(id=world.stranger.account_id)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    assert by_program(client, world, case_id).status_code == 404
    assert submit(client, case_id).status_code == 404 and platform.asked == 0
