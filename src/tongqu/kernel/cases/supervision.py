"""Yellow and red cards: what is nearly over, what is over with the act still owed, and the explanation of it.

`warn_all` (a schedule) raises yellow cards so many working days before the last day as the unit or the item has set;
`raise_red` is what a missed period without a legal consequence brings; `settle_card` closes or lifts a card when its
clock ended or moved. A provisional date never brings a card. L27: an overrun is explained, to the applicant as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.actor import Actor, Scope
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.paging import Lane, Page, every_page, merged_page
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.cases import events
from tongqu.kernel.cases.context import scope_of
from tongqu.kernel.cases.lanes import readable
from tongqu.kernel.cases.models import Case, SupervisionCard, WarningDays
from tongqu.kernel.law import register
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.queries import SOON, standing
from tongqu.kernel.law.rules import china_date

READ, EXPLAIN, SET = "cases.read", "cases.explain_overdue", "cases.set_warnings"
LEVELS = ("red", "yellow")
BROUGHT = (events.OVERDUE, events.WARNED)  # by which events a card comes
MOST_DAYS = 30
LONGEST = 1000
BATCH = 500
WARNED = (
    "deemed_accepted",
    "deemed_renewed",
    "decision_overdue",
    "check_overdue",
    "delivery_overdue",
    "hearing_overdue",
)  # the organ owes


@dataclass(frozen=True, slots=True)
class Settings:
    """Working days before the last day, by (item, unit); the nearer setting goes first: item and unit, unit, item."""

    days: Mapping[tuple[str, UUID | None], int]

    def of(self, item_code: str, unit_id: UUID | None) -> int:
        for key in ((item_code, unit_id), ("", unit_id), (item_code, None), ("", None)):
            if key in self.days:
                return self.days[key]
        return SOON

    @property
    def most(self) -> int:
        return max(SOON, *self.days.values()) if self.days else SOON


def settings(tenant_id: UUID) -> Settings:
    """All that is set. One query."""
    rows = WarningDays.objects.filter(tenant_id=tenant_id).values_list("item_code", "unit_id", "days")
    return Settings({(item, unit): days for item, unit, days in rows})


# --- yellow ----------------------------------------------------------------------------------------------------------


def warn_all(tenant_id: UUID | None = None) -> int:
    """Raise a yellow card for each running period that is nearly over and has none; answers with how many.

    One query where nothing is near, and one for the settings; then each card in its own transaction.
    """
    tenant = tenant_id or default_tenant()
    known, moment = settings(tenant), now()
    edge = _edge(moment, known.most)
    return sum(_warn_by(tenant, known, moment, edge, column) for column in ("due_at", "promised_due_at"))


def _warn_by(tenant: UUID, known: Settings, moment: datetime, edge: datetime, column: str) -> int:
    """Those that are near by the law's date, or by the one that was promised."""
    raised, after = 0, None
    while batch := _near(tenant, moment, edge, column, after):
        places = {
            case_id: (item, unit)
            for case_id, item, unit in Case.objects.filter(id__in={c.subject_id for c in batch})
            .values_list("id", "item_code", "unit_id")
        }  # fmt: skip
        for clock in batch:
            left = days_left(clock, moment)
            if clock.subject_id in places and left is not None and left <= known.of(*places[clock.subject_id]):
                raised += warn(Actor.system(tenant), clock_id=clock.id)
        after = (getattr(batch[-1], column), batch[-1].id)
    return raised


def days_left(clock: Clock, moment: datetime) -> int | None:
    """Working days to the promised last day, where there is one, else to the law's; None where none are told."""
    left = standing(clock, moment).days_left
    if left is None or clock.promised_last_day is None:
        return left
    return register.calendar().working_between(china_date(moment), clock.promised_last_day)


def _edge(moment: datetime, days: int) -> datetime:
    """The end of the day that is so many working days from today."""
    calendar = register.calendar()
    first = china_date(moment).toordinal()
    _day, end = calendar.end_of(calendar.working_day(calendar.working_upto(first) + days))
    return end + timedelta(days=1)


def _near(
    tenant_id: UUID, moment: datetime, edge: datetime, column: str, after: tuple[datetime, UUID] | None
) -> list[Clock]:
    """Running clocks of cases that end before `edge` and have no card, soonest first, each date on its own index."""
    card = SupervisionCard.objects.filter(tenant_id=tenant_id, clock_id=OuterRef("id")).exclude(state="lifted")
    rows = Clock.objects.filter(
        ~Exists(card), tenant_id=tenant_id, state=Clock.State.RUNNING, provisional=False, subject_kind="case",
        on_miss__in=WARNED, due_at__gte=moment, **{f"{column}__lt": edge},
    )  # fmt: skip
    if after:
        rows = rows.filter(Q(**{f"{column}__gt": after[0]}) | Q(**{column: after[0], "id__gt": after[1]}))
    return list(rows.order_by(column, "id")[:BATCH])


@operation("cases.warn")
def warn(act: Act, *, clock_id: UUID) -> bool:
    """One yellow card, by the platform. False where there is one by now or the clock no longer runs."""
    act.allow(act.actor.kind == "system")
    clock = Clock.objects.filter(id=clock_id).first()
    case = Case.objects.select_for_update().filter(id=clock.subject_id).first() if clock else None
    if clock is None or case is None or clock.state != Clock.State.RUNNING or clock.provisional:
        act.unchanged()
        return False
    card, made = _card(act, case, clock, "yellow")
    if not made and card.state != "lifted":
        act.unchanged()
        return False
    if not made:
        _open_again(card, clock, "yellow")
    _tell(act, events.WARNED, card, **standing_of(card))
    return True


def _card(act: Act, case: Case, clock: Clock, level: str) -> tuple[SupervisionCard, bool]:
    return SupervisionCard.objects.get_or_create(
        tenant_id=act.actor.tenant_id, clock_id=clock.id,
        defaults={
            "case": case, "unit_id": case.unit_id, "region_code": case.region_code, "clock_name": clock.name,
            "rule": clock.cite, "due_at": clock.due_at, "promised_due_at": clock.promised_due_at,
            "level": level, "created_at": act.at,
        },
    )  # fmt: skip


def _open_again(card: SupervisionCard, clock: Clock, level: str) -> None:
    card.level, card.state, card.closed_at = level, "open", None
    card.due_at, card.promised_due_at = clock.due_at, clock.promised_due_at
    _save(card, "level", "state", "closed_at", "due_at", "promised_due_at")


def _save(card: SupervisionCard, *fields: str) -> None:
    card.version += 1
    card.save(update_fields=[*fields, "version"])


def standing_of(card: SupervisionCard) -> dict[str, object]:
    """What the event by which a card came says of it, for those who tell of it while it still stands so."""
    return {"card": card.id, "card_version": card.version}


def _tell(act: Act, kind: str, card: SupervisionCard, /, **more: object) -> None:
    body = {"clock": card.clock_name, "due_at": card.due_at, "level": card.level, **more}
    act.emit(kind, subject=("case", card.case_id), rule=card.rule, body=body)


# --- red -------------------------------------------------------------------------------------------------------------


def raise_red(act: Act, clock: Clock) -> SupervisionCard | None:
    """Inside the transaction that marks the clock as missed, with its case locked. None where the case is gone."""
    case = Case.objects.filter(id=clock.subject_id).first()
    if case is None:
        return None
    card, made = _card(act, case, clock, "red")
    if not made:
        _open_again(card, clock, "red")
    return card


# --- what becomes of a card ------------------------------------------------------------------------------------------


def open_cards_of(clock_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """{clock: card} of the open cards that hang on these clocks. One query."""
    rows = SupervisionCard.objects.filter(clock_id__in=list(clock_ids), state="open")
    return dict(rows.values_list("clock_id", "id"))


@operation("cases.settle_card")
def settle_card(act: Act, *, card_id: UUID) -> None:
    """By the platform: a card is closed when the act is done, a yellow one lifted when time moved away."""
    act.allow(act.actor.kind == "system")
    card = SupervisionCard.objects.select_for_update().filter(id=card_id, state="open").first()
    clock = Clock.objects.filter(id=card.clock_id).first() if card else None
    if card is None or clock is None:
        act.unchanged()
    elif clock.is_over:
        ended = clock.ended_at or act.at
        late = register.calendar().working_between(clock.last_day, china_date(ended)) if ended > clock.due_at else 0
        card.state, card.late, card.closed_at = "closed", late, ended
        _save(card, "state", "late", "closed_at")
        _tell(act, events.SETTLED, card, late=late)
    elif card.level == "yellow" and _moved_away(act, card, clock):
        card.state, card.due_at, card.closed_at = "lifted", clock.due_at, act.at
        _save(card, "state", "due_at", "closed_at")
        _tell(act, events.WARNING_LIFTED, card)
    else:
        act.unchanged()


def _moved_away(act: Act, card: SupervisionCard, clock: Clock) -> bool:
    left = days_left(clock, act.at)
    item = Case.objects.filter(id=card.case_id).values_list("item_code", flat=True).get()
    return left is None or left > settings(act.actor.tenant_id).of(item, card.unit_id)


def is_late(card: SupervisionCard, moment: datetime) -> bool:
    """Whether the law's time has passed, or the one that was promised (L27): the overrun is to be explained."""
    promised = card.promised_due_at
    return card.level == "red" or (promised is not None and promised < (card.closed_at or moment))


@operation("cases.explain_overdue")
def explain_overdue(act: Act, *, card_id: UUID, text: str, expected_version: int) -> None:
    """Say why an act was late, for the applicant to read. It may be written anew; each writing is on record.

    Raises NotFound, Conflict (not overdue; changed meanwhile), Invalid (`text`).
    """
    card = SupervisionCard.objects.select_for_update().select_related("case").filter(
        id=card_id, tenant_id=act.actor.tenant_id
    ).first()  # fmt: skip
    if card is None or not act.actor.may(READ, scope_of(card.case)):
        raise NotFound()
    act.require(EXPLAIN, scope_of(card.case))
    if not is_late(card, act.at):
        raise Conflict(_("期限还没有超过，不需要说明"), code="not-overdue")
    if card.version != expected_version:
        raise Conflict(_("说明已由其他人改动，请核对后再提交"))
    said = text.replace("\r\n", "\n").strip()
    if not said or len(said) > LONGEST or any(not (c.isprintable() or c == "\n") for c in said):
        raise Invalid(
            _("请写明超期的原因，最多%(most)s个字，不能含有不可见字符") % {"most": LONGEST}, field="text"
        )  # fmt: skip
    card.explanation, card.explained_by, card.explained_at = said, act.actor.account_id, act.at
    _save(card, "explanation", "explained_by", "explained_at")
    Case.objects.filter(id=card.case_id).update(overrun_explained=True)
    _tell(act, events.EXPLAINED, card)


@operation("cases.set_warning_days")
def set_warning_days(act: Act, *, item_code: str, unit_id: UUID | None, days: int | None) -> None:
    """Set from how many working days before the last day a period is warned of; None goes back to the wider setting.

    The right is needed in the unit; everywhere, for a setting without a unit. Raises Invalid (`days`).
    """
    act.require(SET, Scope(unit_id=unit_id))
    if days is not None and not 0 <= days <= MOST_DAYS:
        raise Invalid(_("请填写0至%(most)d之间的整数") % {"most": MOST_DAYS}, field="days")
    key = {"tenant_id": act.actor.tenant_id, "item_code": item_code[:60], "unit_id": unit_id}
    row = WarningDays.objects.select_for_update().filter(**key).first()
    if (row.days if row else None) == days:
        act.unchanged()
        return
    row = row or WarningDays(**key, created_at=act.at, version=0)
    subject = ("warning_days", row.id)
    if days is None:
        row.delete()
    else:
        row.days, row.version = days, row.version + 1
        row.save()
    act.emit(events.WARNING_SET, subject=subject, body={"item": item_code, "unit": unit_id, "days": days})


# --- reading ---------------------------------------------------------------------------------------------------------


def cards(
    actor: Actor, *, level: str = "", state: str = "open", after: str | None = None, size: int = 50
) -> Page[SupervisionCard]:
    """The cards of the cases that the reader may read, the longest overdue first; of closed ones the last. 1 query."""
    rows = SupervisionCard.objects.filter(readable(actor.places_for(READ)), tenant_id=actor.tenant_id, state=state)
    rows = rows.filter(level=level) if level else rows
    order = ("due_at", "id") if state == "open" else ("-closed_at", "-id")
    return merged_page(
        [Lane(rows)], order=order, dress=lambda found: found.select_related("case"), after=after, size=size
    )


def every_card(actor: Actor, *, level: str, state: str, most: int) -> Iterator[Sequence[SupervisionCard]]:
    """The whole list up to `most` cards, 200 at a time, a query each; for files."""
    return every_page(lambda after, size: cards(actor, level=level, state=state, after=after, size=size), most=most)


def open_cards(case_id: UUID) -> list[SupervisionCard]:
    """The open cards of a case that the caller may read, the first due first. One query."""
    return list(SupervisionCard.objects.filter(case_id=case_id, state="open").order_by("due_at", "id"))


def explanations_of(case: Case) -> list[SupervisionCard]:
    """What was said about overruns of a case; one query where anything was, else none."""
    if not case.overrun_explained:
        return []
    return list(SupervisionCard.objects.filter(case_id=case.id).exclude(explanation="").order_by("id"))
