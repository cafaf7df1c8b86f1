"""Several at the same moment, on whatever database Django is set up for. Each race returns what it found.

On SQLite this is run as a program of its own (`python -m tongqu.kernel.cases.tests.races`), because the tests' database
in memory is not one that processes and threads can really share.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

SUBMIT = {"declaration": ["yes"]}


def together(calls: list[Callable[[], Any]], at: datetime) -> list[Any]:
    """Run them at the same moment of the world's time: the answer of each, or the code of its error."""
    from django.db import connections

    from tongqu.kernel.acts import clock
    from tongqu.kernel.acts.errors import TongquError

    gate, answers = threading.Barrier(len(calls)), ["?"] * len(calls)

    def run(n: int) -> None:
        try:
            with clock.at(at):
                gate.wait(timeout=30)
                answers[n] = calls[n]()
        except TongquError as error:
            answers[n] = error.code
        except Exception as error:
            answers[n] = repr(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return answers


def two_clerks(world: Any) -> dict[str, Any]:
    """Both saw the same version; one accepts, the other is told that somebody was faster."""
    case_id = world.submitted()
    version = _case(case_id).version
    calls = [
        lambda who=who: world.act(who, case_id, "accept", expected_version=version)["state"]
        for who in ("clerk", "clerk2")
    ]
    return {"answers": sorted(together(calls, _monday())), "events": _events(case_id, "cases.accept")}


def one_key_four_times(world: Any) -> dict[str, Any]:
    """A double click, twice: one number, one event, four equal answers."""
    case_id = world.draft()
    calls = [lambda: world.act("owner", case_id, "submit", inputs=SUBMIT, key="the-same-key")["case_no"]] * 4
    return {"answers": together(calls, _monday()), "events": _events(case_id, "cases.submit")}


def eight_submissions(world: Any) -> list[int]:
    """The serials of eight cases submitted at once, in order."""
    drafts = [world.draft() for _n in range(8)]
    calls = [lambda d=d: world.act("owner", d, "submit", inputs=SUBMIT)["case_no"] for d in drafts]
    return sorted(int(str(number)[14:]) for number in together(calls, _monday()))


def the_clerk_and_the_deadline(world: Any) -> dict[str, Any]:
    """Time has run out: the clerk who still accepts and the sweep meet; the case goes one way, once."""
    from tongqu.kernel.law.work import sweep

    case_id = world.submitted()
    late = _monday() + timedelta(days=7, hours=15)
    answers = together([lambda: world.act("clerk", case_id, "accept")["state"], sweep, sweep], late)
    accepted = _events(case_id, "cases.accept") + _events(case_id, "cases.deem_accepted")
    return {"clerk": answers[0], "state": _case(case_id).state, "events": accepted}


def the_head_and_the_expiry(world: Any) -> dict[str, Any]:
    """A licence has expired while its renewal was under review: the head and two sweeps meet; it is decided once."""
    from datetime import date
    from pathlib import Path

    from django.conf import settings

    from tongqu.kernel.cases.models import Decision
    from tongqu.kernel.cases.tests.test_renewals import asked, reviewed
    from tongqu.kernel.cases.tests.world import SYSTEM
    from tongqu.kernel.law.work import sweep
    from tongqu.kernel.packages.operations import publish
    from tongqu.kernel.records.models import ELicence

    item = publish(SYSTEM, folder=Path(settings.TQ_PACKAGES_DIR) / "food-business-licence-renewal")
    first = world.granted()
    world.act("system", first, "issue")
    expiry = date(2026, 3, 30)
    ELicence.objects.filter(case_id=first).update(valid_to=expiry)
    case_id = reviewed(world, asked(world, item.id, ELicence.objects.get(case_id=first).number))
    after = _monday().replace(hour=0, minute=1) + timedelta(days=29)
    answers = together([lambda: world.act("head", case_id, "grant")["state"], sweep, sweep], after)
    decisions = Decision.objects.filter(case_id=case_id).count()
    return {
        "head": answers[0], "state": _case(case_id).state, "decisions": decisions,
        "events": _events(case_id, "cases.grant") + _events(case_id, "cases.deem_renewed"),
    }  # fmt: skip


def papers_at_once(world: Any) -> list[str]:
    """The receipts of eight cases made at once by eight workers: their numbers, sorted."""
    from tongqu.kernel.acts.actor import Actor
    from tongqu.kernel.acts.models import Event
    from tongqu.kernel.cases.tests.world import TENANT
    from tongqu.kernel.cases.work import put_paper
    from tongqu.kernel.records.models import Document

    for draft in [world.draft() for _n in range(8)]:
        world.act("owner", draft, "submit", inputs=SUBMIT)
    system = Actor.system(TENANT)
    waiting = list(Event.objects.filter(kind="cases.submit").order_by("-id").values_list("id", flat=True)[:8])
    calls = [lambda e=e: put_paper(system, event_id=e, kind="receipt")["document_id"] for e in waiting]
    answers = together(calls, _monday())
    numbers = Document.objects.filter(kind="receipt").values_list("number", flat=True)
    return sorted(numbers) if all(len(str(a)) == 36 for a in answers) else [repr(answers)]


def cards_told_at_once(world: Any) -> dict[str, Any]:
    """Two red cards, the event of each handed over by four workers at once: the head has two messages, both counted."""
    from tongqu.kernel.acts.models import Event
    from tongqu.kernel.cases.subscribers import tell_staff_of_cards
    from tongqu.kernel.identity.models import Account
    from tongqu.kernel.law.models import Clock
    from tongqu.kernel.law.work import sweep
    from tongqu.kernel.notices.models import Notice

    late = [world.reviewed(), world.reviewed()]
    due = max(Clock.objects.filter(subject_id__in=late, name="decide").values_list("due_at", flat=True))
    together([sweep], due + timedelta(hours=9))
    events = list(Event.objects.filter(kind="cases.overdue", subject_id__in=late))
    answers = together([lambda e=e: tell_staff_of_cards([e]) for e in events * 4], due + timedelta(hours=10))
    head = world.staff["head"].account_id
    told = Notice.objects.filter(account_id=head, template="card_red", subject_id__in=late).count()
    return {"answers": answers, "told": told, "unread": Account.objects.get(id=head).unread}


def the_applicant_and_giving_up(world: Any) -> dict[str, Any]:
    """The time to complete an application is over: what comes now and two sweeps meet; it is given up once."""
    from tongqu.kernel.cases.tests import seekers
    from tongqu.kernel.law.work import sweep

    who = seekers.build(world)
    case_id = who.told("5")
    supply = {"info_name": "2025年度沥青路面养护项目清单"}
    answers = together(
        [lambda: who.act("seeker", case_id, "supply", inputs=supply)["state"], sweep, sweep], seekers.at("03-10", 0)
    )
    return {"seeker": answers[0], "state": _case(case_id).state, "events": _events(case_id, "cases.deem_given_up")}


def the_answer_and_the_silence(world: Any) -> dict[str, Any]:
    """The time of a co-making organ is over: a clerk with its late answer and two sweeps meet; it agreed, once."""
    from tongqu.kernel.cases.tests import seekers
    from tongqu.kernel.law.work import sweep

    who = seekers.build(world, again="2")
    case_id = who.registered()
    row = who.consult(case_id, "co_maker")
    who.received(row, "03-02")
    answers = together([lambda: who.answered(row, "agrees"), sweep, sweep], seekers.at("03-24", 0))
    row.refresh_from_db()
    running = seekers.clock_of(case_id, "answer")
    return {
        "desk": answers[0], "outcome": row.outcome, "events": _events(case_id, "cases.co_maker_silent"),
        "answer": running.state, "pauses": len(running.pauses),
    }  # fmt: skip


def run_all(world: Any) -> dict[str, Any]:
    return {
        "two_clerks": two_clerks(world), "one_key": one_key_four_times(world), "eight": eight_submissions(world),
        "papers": papers_at_once(world), "deadline": the_clerk_and_the_deadline(world),
        "renewal": the_head_and_the_expiry(world), "cards": cards_told_at_once(world),
        "given_up": the_applicant_and_giving_up(world), "silence": the_answer_and_the_silence(world),
    }  # fmt: skip


def judge(found: dict[str, Any]) -> None:
    """Assert that every race ended as it must."""
    assert found["two_clerks"] == {"answers": ["accepted", "conflict"], "events": 1}, found
    answers = found["one_key"]["answers"]
    assert len(set(answers)) == 1 and answers[0].startswith("990102") and found["one_key"]["events"] == 1, found
    first = found["eight"][0]
    assert found["eight"] == list(range(first, first + 8)), found
    serials = sorted(int(number.split("〕")[1].removesuffix("号")) for number in found["papers"])
    assert serials == list(range(1, 9)), f"document numbers: {found['papers']}"
    assert found["deadline"]["state"] == "deemed_accepted" and found["deadline"]["events"] == 1, found
    renewal = found["renewal"]
    assert (renewal["state"], renewal["decisions"], renewal["events"]) == ("approved", 1, 1), renewal
    assert renewal["head"] in {"time-has-run-out", "conflict"}, renewal
    given_up, silence = found["given_up"], found["silence"]
    assert (given_up["state"], given_up["events"]) == ("terminated", 1), given_up
    assert given_up["seeker"] in {"time-has-run-out", "conflict"}, given_up
    desk = silence.pop("desk")
    assert desk in {"time-has-run-out", "conflict", "nobody-consulted"}, desk
    assert silence == {"outcome": "silent", "events": 1, "answer": "running", "pauses": 1}, silence
    assert found["cards"] == {"answers": [None] * 8, "told": 2, "unread": 2}, found["cards"]
    assert found["deadline"]["clerk"] in {"time-has-run-out", "conflict"}, found


def _monday() -> datetime:
    from tongqu.kernel.cases.tests.world import MONDAY

    return MONDAY


def _case(case_id: UUID) -> Any:
    from tongqu.kernel.cases.models import Case

    return Case.objects.get(id=case_id)


def _events(case_id: UUID, kind: str) -> int:
    from tongqu.kernel.acts.models import Event

    return Event.objects.filter(subject_id=case_id, kind=kind).count()


def main() -> None:
    """On a new database in TQ_DATA_DIR: build the world, run the races, print what they found."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.MIGRATION_MODULES = {name.rsplit(".", 1)[-1]: None for name in settings.INSTALLED_APPS}
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from tongqu.kernel.acts import clock
    from tongqu.kernel.cases.tests import world as worlds

    with clock.at(worlds.MONDAY):
        json.dump(run_all(worlds.build()), sys.stdout)


if __name__ == "__main__":
    main()
