"""A world for applications for government information: somebody who asks, the disclosure body of the district."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import TWO_FACTOR, Actor
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.models import Case, Consultation
from tongqu.kernel.cases.tests.world import SYSTEM, World, _appointed
from tongqu.kernel.directory.demo import build as build_city
from tongqu.kernel.identity.actors import actor_for
from tongqu.kernel.law.models import Clock
from tongqu.kernel.packages.operations import publish

ITEM = "disclosure-request"
POSTS = {"desk": "disclosure", "chief": "disclosure-head", "govwindow": "window", "govarchive": "archive"}
WANTED = {
    "info_name": "2025年度清溪区道路养护项目清单",
    "info_feature": "区住建局2025年制作",
    "info_form": "electronic",
    "phone": "19900000002",
}
THIRD = {
    "name": "明川市青禾中央厨房有限公司",
    "about": "该公司投标文件中的报价明细",
    "address": "明川市清溪区营造路9号",
}
ORGAN = {"name": "明川市清溪区住房和城乡建设局", "about": "两机关联合印发的养护计划"}
OPINION = {"recommendation": "disclose", "examined": ["yes"], "reason": "可以公开"}


def at(day: str, hour: int = 10) -> datetime:
    """`03-05`: that day of 2026 in Shanghai."""
    return datetime.combine(date.fromisoformat(f"2026-{day}"), time(hour), SHANGHAI)


@dataclass
class Seekers:
    """Who is who: `seeker` asks in his own name; `desk`, `chief` and others are staff of the district government."""

    seeker: Actor
    package_id: UUID
    staff: dict[str, Actor]

    def act(self, who: str, case_id: UUID, action: str, **more: Any) -> dict[str, Any]:
        actor = {"seeker": self.seeker, "system": SYSTEM, **self.staff}[who]
        return cases.act(actor, case_id=case_id, action=action, **more)

    def draft(self, **values: str) -> UUID:
        assert self.seeker.party_id
        made = cases.open_draft(
            self.seeker, package_version_id=self.package_id, applicant_id=self.seeker.party_id,
            applicant_name=self.seeker.name, applicant_kind="person", region_code=settings.TQ_REGION,
        )  # fmt: skip
        cases.save_draft(self.seeker, case_id=UUID(made["case_id"]), values={**WANTED, **values})
        return UUID(made["case_id"])

    def submitted(self, **values: str) -> UUID:
        case_id = self.draft(**values)
        self.act("seeker", case_id, "submit", inputs={"declaration": ["yes"], "e_service": ["yes"]})
        return case_id

    def registered(self, **values: str) -> UUID:
        case_id = self.submitted(**values)
        self.act("desk", case_id, "confirm_receipt", inputs={"confirmed": ["yes"]})
        return case_id

    def told(self, days: str = "10") -> UUID:
        case_id = self.registered()
        self.act(
            "desk", case_id, "request_supplement",
            inputs={"field__info_name": "请写明是哪一类项目", "supply_days": days},
        )  # fmt: skip
        return case_id

    def consult(self, case_id: UUID, kind: str = "third_party", **more: str) -> Consultation:
        inputs = {**(THIRD if kind == "third_party" else ORGAN), **more}
        self.act("desk", case_id, f"consult_{kind}", inputs=inputs)
        return Consultation.objects.filter(case_id=case_id).latest("id")

    def received(self, row: Consultation, day: str) -> None:
        self.act(
            "desk", row.case_id, "note_consultation_received",
            inputs={"consultation": str(row.id), "received_on": f"2026-{day}"},
        )  # fmt: skip

    def answered(self, row: Consultation, answer: str, reason: str = "") -> None:
        inputs = {"consultation": str(row.id), "answer": answer} | ({"reason": reason} if reason else {})
        self.act("desk", row.case_id, "note_consultation_answer", inputs=inputs)

    def proposed(self, case_id: UUID, **more: Any) -> UUID:
        self.act("desk", case_id, "give_opinion", inputs={**OPINION, **more})
        return case_id


def registered(who: Seekers) -> UUID:
    """Sent now; receipt confirmed on Tuesday 3 March."""
    case_id = who.submitted()
    with clock.at(at("03-03")):
        who.act("desk", case_id, "confirm_receipt", inputs={"confirmed": ["yes"]})
    return case_id


def events(case_id: UUID, kind: str) -> list[Event]:
    return list(Event.objects.filter(subject_id=case_id, kind=f"cases.{kind}").order_by("id"))


def clock_of(case_id: UUID, name: str) -> Clock:
    """The latest clock of this name."""
    return Clock.objects.filter(subject_id=case_id, name=name).latest("id")


def last_day(subject_id: UUID, name: str) -> str:
    """As `03-31`."""
    return clock_of(subject_id, name).last_day.isoformat().removeprefix("2026-")


def state(case_id: UUID) -> str:
    return str(Case.objects.values_list("state", flat=True).get(id=case_id))


def build(world: World, again: str = "") -> Seekers:
    """`again`: a mark for the accounts of a second build on the same database."""
    package = publish(SYSTEM, folder=Path(settings.TQ_PACKAGES_DIR) / ITEM)
    city = build_city(SYSTEM)
    staff = {
        login: replace(_appointed(login + again, city.posts[f"qx-gov/{post}"], actor_for), login_strength=TWO_FACTOR)
        for login, post in POSTS.items()
    }
    return Seekers(world.stranger, package.id, staff)
