"""Behind the pages of the running platform: its own engine on its own data, in a process of its own.

A test about one step asks here for a case that has already come to that step, moves the clock, or looks at what is on
record; what the test is about, people do on the pages. Run as a program this file is the other end of the pipe.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
SHOP = "清溪区秋实小馆"


class Backstage:
    """The end of the pipe that tests hold. Each method is one question to the other process."""

    def __init__(self, data_dir: Path) -> None:
        from tests.rig.live import clean_environment

        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.walk.backstage"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=clean_environment(
                TQ_DATA_DIR=str(data_dir), TQ_DEMO="1", TQ_LOG_LEVEL="ERROR", PYTHONPATH=f"{ROOT}/src:{ROOT}",
                DJANGO_SETTINGS_MODULE="tongqu.assembly.settings",
            ),
        )  # fmt: skip

    def case(self, at: str) -> dict[str, str]:
        """A new case of the restaurant, brought to a step: draft, submitted, asked, accepted, assigned, checked,
        reviewed, refused, granted; or empty, a draft with gaps. Answers {"id", "case_no"}."""
        return self._ask("case", at=at)  # type: ignore[no-any-return]

    def state(self, case_id: str) -> str:
        return self._ask("state", case_id=case_id)  # type: ignore[no-any-return]

    def events(self, case_id: str) -> list[dict[str, Any]]:
        """The case's events, oldest first: {"kind", "rule", "actor", "recorded", "effective"}; the times are days."""
        return self._ask("events", case_id=case_id)  # type: ignore[no-any-return]

    def due(self, case_id: str, clock: str) -> str:
        """The last day of a clock of the case, as YYYY-MM-DD."""
        return self._ask("due", case_id=case_id, clock=clock)  # type: ignore[no-any-return]

    def token(self, case_id: str) -> str:
        """The path of the public page that verifies the case's licence."""
        return self._ask("token", case_id=case_id)  # type: ignore[no-any-return]

    def names(self) -> list[str]:
        """What everybody is called, and what the cases call their applicants: shown as entered in any language."""
        return self._ask("names")  # type: ignore[no-any-return]

    def refused_readings(self, case_id: str) -> int:
        """How many tries to read the case by somebody whom it does not concern are on record."""
        return self._ask("refused_readings", case_id=case_id)  # type: ignore[no-any-return]

    def today(self) -> str:
        """The platform's day, as YYYY-MM-DD."""
        return self._ask("today")  # type: ignore[no-any-return]

    def pass_days(self, days: float) -> None:
        """Move the demonstration's clock forward."""
        self._ask("pass_days", days=days)

    def withdraw(self, case_id: str) -> None:
        """The applicant withdraws."""
        self._ask("withdraw", case_id=case_id)

    def record_check(self, case_id: str) -> None:
        """The other officer fills in the check sheet."""
        self._ask("record_check", case_id=case_id)

    def wait(self, case_id: str, state: str, within: float = 30) -> None:
        """Until the worker has brought the case into this state."""
        self.until(lambda: self.state(case_id) == state, within, f"the case did not become {state}")

    def until(self, true: Callable[[], bool], within: float = 30, why: str = "it did not happen") -> None:
        end = time.monotonic() + within
        while not true():
            assert time.monotonic() < end, why
            time.sleep(0.2)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, what: str, **more: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"what": what, **more}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process behind the pages has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["ok"]


# --- the other end ---------------------------------------------------------------------------------------------------


def _main() -> None:
    """Answer one JSON line for each that comes in."""
    import traceback

    import django

    # what the rooms print must not get into the pipe
    out, sys.stdout = sys.stdout, sys.stderr
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    django.setup()
    from tongqu.kernel.packages import law_rows

    law_rows.take_all()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer: dict[str, Any] = {"ok": _ANSWERS[asked.pop("what")](**asked)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=out, flush=True)


def _world() -> Any:
    """The demonstration's people as the engine's own tests know them."""
    from tongqu.kernel.acts.actor import REAL_NAME
    from tongqu.kernel.cases.tests.world import World
    from tongqu.kernel.identity.actors import actor_for
    from tongqu.kernel.identity.models import Account
    from tongqu.kernel.identity.queries import parties_of
    from tongqu.kernel.packages import queries as packages

    accounts = {account.username: account for account in Account.objects.all()}
    person = replace(actor_for(accounts["chenliqiu"]), login_strength=REAL_NAME)
    shop = next(standing for standing in parties_of(person) if standing.name == SHOP)
    staff = {
        "clerk": "clerk1", "clerk2": "clerk2", "reviewer": "reviewer1", "officer": "officer1", "officer2": "officer2",
        "head": "head1",
    }  # fmt: skip
    return World(
        package=packages.current("food-business-licence"), shop=shop.party_id,
        owner=replace(person, on_behalf_of=shop.party_id, mandate_id=shop.mandate_id),
        stranger=actor_for(accounts["zhoumingyuan"]),
        staff={role: actor_for(accounts[login]) for role, login in staff.items()},
    )  # fmt: skip


def _case(at: str) -> dict[str, str]:
    from tongqu.kernel.cases import operations as cases

    world = _world()
    if at == "asked":
        case_id = world.submitted()
        world.act("clerk", case_id, "request_supplement", inputs={"field__area": "面积和图纸不一致，请核对"})
    elif at == "assigned":
        case_id = world.accepted()
        officers = [str(world.staff[name].account_id) for name in ("officer", "officer2")]
        world.act("reviewer", case_id, "assign_check", inputs={"officers": officers})
    elif at == "empty":
        case_id = world.draft()
        cases.save_draft(world.owner, case_id=case_id, values={"contact_phone": "", "kind": "", "area": ""})
    elif at == "refused":
        case_id = world.reviewed()
        why = {"ground": "refuse.conditions_not_met", "reason": "没有专用的餐具洗消设施"}
        world.act("head", case_id, "refuse", inputs=why)
    else:
        case_id = getattr(world, at)()
    return {"id": str(case_id), "case_no": _row(case_id).case_no or ""}


def _withdraw(case_id: str) -> None:
    _world().act("owner", UUID(case_id), "withdraw")


def _record_check(case_id: str) -> None:
    _world().record_check(UUID(case_id))


def _row(case_id: UUID | str) -> Any:
    from tongqu.kernel.cases.models import Case

    return Case.objects.get(id=case_id)


def _events(case_id: str) -> list[dict[str, Any]]:
    from tongqu.kernel.acts.clock import SHANGHAI
    from tongqu.kernel.acts.models import Event

    return [
        {
            "kind": event.kind, "rule": event.rule, "actor": event.actor.get("kind"),
            "recorded": event.recorded_at.astimezone(SHANGHAI).date().isoformat(),
            "effective": event.effective_at.astimezone(SHANGHAI).date().isoformat(),
        }
        for event in Event.objects.filter(subject_kind="case", subject_id=case_id).order_by("id")
    ]  # fmt: skip


def _due(case_id: str, clock: str) -> str:
    from datetime import timedelta

    from tongqu.kernel.acts.clock import SHANGHAI
    from tongqu.kernel.law.models import Clock

    row = Clock.objects.filter(subject_id=case_id, name=clock).order_by("-id").first()
    assert row is not None
    return str((row.due_at.astimezone(SHANGHAI) - timedelta(seconds=1)).date())


def _token(case_id: str) -> str:
    from tongqu.kernel.cases.models import Decision

    return f"/v/{Decision.objects.get(case_id=case_id).licence_token}"


def _refused_readings(case_id: str) -> int:
    from tongqu.kernel.acts.models import ReadLog

    return ReadLog.objects.filter(subject_id=case_id, refused=True).count()


def _names() -> list[str]:
    from tongqu.kernel.cases.models import Case
    from tongqu.kernel.identity.models import PartyName

    return sorted(
        {*PartyName.objects.values_list("name", flat=True), *Case.objects.values_list("applicant_name", flat=True)}
    )


def _today() -> str:
    from tongqu.kernel.acts.clock import today

    return today().date().isoformat()


def _pass_days(days: float) -> None:
    from datetime import timedelta

    from tongqu.kernel.acts import clock

    clock.set_demo_offset(clock.demo_offset() + timedelta(days=days))


_ANSWERS: dict[str, Callable[..., Any]] = {
    "case": _case, "state": lambda case_id: _row(case_id).state, "events": _events, "due": _due,
    "refused_readings": _refused_readings, "today": _today, "token": _token, "pass_days": _pass_days,
    "names": _names, "withdraw": _withdraw, "record_check": _record_check,
}  # fmt: skip

if __name__ == "__main__":
    _main()
