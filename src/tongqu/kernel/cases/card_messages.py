"""Who is told of a card, and in which words: the handler, for a red one the head of the unit as well.

A subscriber calls `tell_of_card` for each event by which a card came. It tells only while the card stands as that act
left it: one that was explained, closed or turned red meanwhile sends nothing more. Of the applicant it says nothing
beyond the number of the case and the name of the service.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.utils.translation import override

from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases.models import CaseUnit, SupervisionCard
from tongqu.kernel.identity.queries import staff_with
from tongqu.kernel.law import register, words
from tongqu.kernel.law.models import Clock
from tongqu.kernel.notices.operations import tell_staff
from tongqu.kernel.notices.texts import register_templates

DATA = Path(__file__).parent / "data"
WORKS, LEADS = "cases.take", "cases.reassign"
_LONGEST = 100  # characters of one value in a message


@operation("cases.tell_of_card")
def tell_of_card(act: Act, *, card_id: UUID, card_version: int) -> list[str]:
    """By the platform: tell those concerned of a card as its event left it; the ids of the messages, as texts.

    Nothing is sent where the card has changed since, or where the unit has neither a handler nor a head.
    """
    act.allow(act.actor.kind == "system")
    rows = SupervisionCard.objects.select_related("case").filter(tenant_id=act.actor.tenant_id, state="open")
    card = rows.filter(id=card_id, version=card_version).first()
    clock = Clock.objects.filter(id=card.clock_id).first() if card else None
    readers = concerned(card) if card and clock else []
    if card is None or clock is None or not readers:
        act.unchanged()
        return []
    template, params = _said(card, clock)
    told = tell_staff(
        act, account_ids=readers, template=template, params=params, subject=("case", card.case_id),
        url=f"/desk/cases/{card.case_id}",
    )  # fmt: skip
    return [str(one) for one in told]


def concerned(card: SupervisionCard) -> list[UUID]:
    """The accounts to tell: the handler while he works in the unit; the unit's heads of a red card, and of any card
    that has no handler. Up to 7 queries."""
    if card.unit_id is None:
        return []
    row = CaseUnit.objects.filter(case_id=card.case_id, unit_id=card.unit_id, until=None).first()
    handler = row.assignee_id if row else None
    told = [handler] if handler and handler in staff_with(WORKS, card.unit_id) else []
    if card.level == "red" or not told:
        told += staff_with(LEADS, card.unit_id)
    return list(dict.fromkeys(told))


def _said(card: SupervisionCard, clock: Clock) -> tuple[str, dict[str, Any]]:
    """The template of a card's message and what stands in it."""
    said = duties().get(card.clock_name) or duties()[""]
    params: dict[str, Any] = {
        "case_no": card.case.case_no or "", "item": card.case.title, "duty": said["duty"], "rule": _source(card.rule),
        "due": clock.last_day, "todo": said["todo"],
    }  # fmt: skip
    if card.level == "red":
        return "card_red", params
    if clock.promised_last_day and clock.promised_last_day < clock.last_day:
        return "card_yellow_promised", params | {"promised": clock.promised_last_day}
    return "card_yellow", params


def _source(cite: str) -> dict[str, str]:
    """Instrument and article of the rule that is cited, with its number, in both languages."""
    rule, number = register.cited(cite), cite.partition("@")[0]
    found = {}
    for tag, language in (("zh-Hans", "zh-hans"), ("en", "en")):
        with override(language):
            found[tag] = _short(words.cited(rule) if rule else "", f" ({number})" if tag == "en" else f"（{number}）")
    return found


def _short(text: str, end: str) -> str:
    """The text with its end, shortened in between where a message has no room for all of it."""
    room = _LONGEST - len(end)
    return (text if len(text) <= room else f"{text[: room - 1]}…") + end


@cache
def duties() -> dict[str, dict[str, dict[str, str]]]:
    """{clock: {"duty", "todo"}}, each in both languages; "" for any other clock. Read once."""
    read: dict[str, dict[str, dict[str, str]]] = yaml.safe_load((DATA / "card_duties.yaml").read_text(encoding="utf-8"))
    return read


def register_words() -> None:
    """Called once, from `apps.ready()`."""
    register_templates(DATA / "card_messages.yaml")
