"""A natural person for whom somebody else stands at the window: his guardian, or an agent with a letter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, Refused
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.identity import capacity, numbers, rules
from tongqu.kernel.identity.models import Mandate, Party
from tongqu.kernel.identity.operations import find_or_register_person, note_birth, records
from tongqu.kernel.identity.operations.mandates import put_mandate
from tongqu.kernel.law import register

Errors = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Principal:
    """Whose affair it is, as his papers say. `born`: where the number does not tell it."""

    name: str
    id_kind: str
    id_no: str
    country: str = ""
    born: date | None = None


def read(posted: Mapping[str, Any], errors: Errors, name: Callable[[str, Errors, str], str], today: date) -> Principal:
    """The fields `for_…` of the identity form; what is wrong goes into `errors`."""
    kind = posted.get("for_id_kind", "")
    if kind not in numbers.OF_PERSONS:
        errors["for_id_kind"] = _("请选择证件类型")
    return Principal(
        name=name(posted.get("for_name", ""), errors, "for_name"),
        id_kind=kind,
        id_no=number(posted, kind, "for_id_no", errors),
        country=issued_in(posted, kind, "for_country", errors),
        born=_day(posted.get("for_born", ""), errors, today),
    )


def number(posted: Mapping[str, Any], kind: str, field: str, errors: Errors) -> str:
    """The number in its stored form; "" and an error at its field where it is none."""
    if kind not in numbers.LABELS:
        return ""
    try:
        return numbers.clean(kind, posted.get(field, ""), field=field)
    except Invalid as error:
        errors.update(error.fields)
        return ""


def issued_in(posted: Mapping[str, Any], kind: str, field: str, errors: Errors) -> str:
    """The issuing state of a foreign passport; "" for other papers."""
    try:
        return numbers.country_of(kind, posted.get(field, ""), field=field)
    except Invalid as error:
        errors.update(error.fields)
        return ""


def _day(raw: str, errors: Errors, today: date) -> date | None:
    if not raw.strip():
        return None
    try:
        day = date.fromisoformat(raw.strip())
    except ValueError:
        errors["for_born"] = _("出生日期不正确，请核对")
        return None
    if not rules.possible_birth(day, today):
        errors["for_born"] = _("出生日期不正确，请核对")
    return day


_AT = {"name": "for_name", "id_no": "for_id_no", "id_kind": "for_id_kind", "country": "for_country", "born": "for_born",
       "principal_id": "for_born", "agent_id": "for_id_no"}  # fmt: skip


def enter(act: Act, who: Principal) -> Party:
    """Find or enter him by the papers shown. Raises Invalid at the fields of the form."""
    try:
        made: dict[str, Any] = find_or_register_person(
            act, name=who.name, id_kind=who.id_kind, id_no=who.id_no, country=who.country, born=who.born
        )
        if who.born is not None and not made["registered"]:
            note_birth(act, party_id=UUID(made["party_id"]), born=who.born)
    except (Invalid, Conflict) as error:
        raise at_form(error) from None
    return records.locked(UUID(made["party_id"]))


def at_form(error: Invalid | Conflict) -> Invalid:
    """The same, at the fields that the identity form has for this person."""
    fields = {_AT.get(name, name): text for name, text in error.fields.items()} or {"for_id_no": error.message}
    return Invalid(error.message, code=error.code, remedy=error.remedy, fields=fields, rule=error.rule)


def refuse_child_alone(person: Party, today: date) -> None:
    """Raises Refused: whose data may only be handled with his guardian's consent does not file alone (D20)."""
    born = records.birth_of(person)
    if born is not None and capacity.is_under_14(born, today):
        raise Refused(
            _("来人未满%(age)d周岁，应当由监护人办理")
            % {"age": register.rule(capacity.UNDER_14_RULE, today).quantity}, code="child-alone",
            remedy=_("请在“来人的身份”中选择监护人，并填写孩子的证件"), rule=capacity.UNDER_14_RULE,
        )  # fmt: skip


def guardian_of(act: Act, person: Party, ward: Party, *, proof: str, by_phone: bool) -> Mandate:
    """The mandate of guardianship that runs, else a new one by the paper shown. Raises Invalid, Refused."""
    for held in Mandate.objects.filter(principal=ward, agent=person, kind="guardian", revoked_at=None):
        if rules.in_force(held.valid_from, held.valid_to, act.at):
            return held
    if by_phone:
        raise Refused(
            _("没有登记过来电人的监护关系，电话里无法核对证明"), code="caller-no-mandate",
            remedy=_("请携带户口簿、出生医学证明或者裁判文书到窗口办理"),
        )  # fmt: skip
    try:
        return put_mandate(
            act, principal=ward, agent=person, kind="guardian", proof={"kind": proof, "by": str(act.actor.account_id)}
        )
    except (Invalid, Conflict) as error:
        raise at_form(error) from None


def today_of(act: Act) -> date:
    return act.at.astimezone(SHANGHAI).date()
