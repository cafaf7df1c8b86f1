"""Who stands at the window: found or entered by the papers shown, with how they were checked put on record.

Whom a filing is for is worked out here from numbers, each time; no page ever sends the id of a party.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.domains.services.counter import events, principals, settings
from tongqu.domains.services.counter.ports import Business
from tongqu.domains.services.counter.principals import Principal
from tongqu.domains.services.counter.readers import Reading
from tongqu.foundation.identifiers import credit_code
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Invalid, Refused
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases.counter import FOR_A_FIRM, FOR_A_PERSON
from tongqu.kernel.identity import numbers, rules
from tongqu.kernel.identity.models import Mandate, Party
from tongqu.kernel.identity.operations import give_mandate, records, register_firm
from tongqu.kernel.identity.operations.mandates import put_mandate, refuse_minor
from tongqu.kernel.identity.operations.parties import put_person
from tongqu.kernel.identity.queries import head_of


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the clerk took down, cleaned.

    `letter_until`: the last day of an agent's letter of authority; `principal`: the natural person he or a guardian
    stands for; `proof`: the paper that shows the guardianship.
    """

    name: str
    id_kind: str
    id_no: str
    country: str = ""
    phone: str = ""
    capacity: str = "self"
    credit_code: str = ""
    firm_name: str = ""
    letter_until: date | None = None
    principal: Principal | None = None
    proof: str = ""
    by_phone: bool = False
    questions: tuple[str, ...] = ()
    reading: Reading = field(default_factory=lambda: Reading("typed"))

    def __str__(self) -> str:
        """For the digest of an idempotency key; never shown."""
        return repr(self)


@dataclass(frozen=True, slots=True)
class Seen:
    """Who it is: the person, the applicant, and the agent's mandate where he is one."""

    person: Party
    applicant: Party
    mandate_id: UUID | None = None


def read(posted: Mapping[str, Any], *, served: list[str], today: date) -> Visitor:
    """The identity form. Raises Invalid with every field at fault."""
    errors: dict[str, Any] = {}

    id_kind = posted.get("id_kind", "")
    by_phone = posted.get("channel") == "phone"
    capacity = posted.get("capacity", "")
    if id_kind not in numbers.OF_PERSONS:
        errors["id_kind"] = _("请选择证件类型")
    if capacity not in offered(served, by_phone=by_phone):
        errors["capacity"] = _("请选择来人的身份")
    elif capacity in FOR_A_PERSON and posted.get("credit_code", "").strip():
        errors["capacity"] = _("填写了统一社会信用代码的，请选择为单位办理的身份；为个人办理的，请删去代码")
    right = set(posted.getlist("questions")) if hasattr(posted, "getlist") else set(posted.get("questions", ()))
    visitor = Visitor(
        name=_name(posted.get("name", ""), errors, "name"),
        id_kind=id_kind,
        id_no=principals.number(posted, id_kind, "id_no", errors) if id_kind in numbers.OF_PERSONS else "",
        country=principals.issued_in(posted, id_kind, "country", errors),
        phone=principals.number(posted, "phone", "phone", errors) if posted.get("phone", "").strip() else "",
        capacity=capacity,
        credit_code=principals.number(posted, "credit_code", "credit_code", errors) if capacity in FOR_A_FIRM else "",
        firm_name=_name(firm, errors, "firm_name") if (firm := posted.get("firm_name", "")).strip() else "",
        letter_until=_until(posted, errors, today) if capacity in {"agent", "person_agent"} else None,
        principal=principals.read(posted, errors, _name, today) if capacity in {"guardian", "person_agent"} else None,
        proof=_proof(posted, errors) if capacity == "guardian" and not by_phone else "",
        by_phone=by_phone,
        questions=tuple(q.code for q in settings.phone().questions if by_phone and q.code in right),
    )
    if by_phone and len(visitor.questions) < settings.phone().least_right:
        errors["questions"] = _("至少核对对 %(n)s 个问题，才能为来电人录入") % {"n": settings.phone().least_right}
    if errors:
        raise Invalid(fields={name: errors[name] for name in sorted(errors, key=_place_on_page)})
    return visitor


_ON_PAGE = (
    "id_kind", "id_no", "country", "name", "phone", "questions", "capacity", "credit_code", "firm_name", "letter_until",
)  # fmt: skip


def _place_on_page(field_: str) -> int:
    """Where the identity form has the field: a summary is read from the top, as the page is."""
    return _ON_PAGE.index(field_) if field_ in _ON_PAGE else len(_ON_PAGE)


def offered(served: list[str], *, by_phone: bool) -> list[str]:
    """In which capacities somebody may stand here for an item that serves these kinds of party."""
    people = list(FOR_A_PERSON) if rules.PERSON in served else []
    firms = [one for one in FOR_A_FIRM if not (by_phone and one == "bearer")]
    return people + (firms if set(served) - {rules.PERSON} else [])


def _name(raw: str, errors: dict[str, Any], field_: str) -> str:
    try:
        return records.clean_name(raw)
    except Invalid as error:
        errors[field_] = error.message
        return ""


def _proof(posted: Mapping[str, Any], errors: dict[str, Any]) -> str:
    proof = str(posted.get("proof", ""))
    if proof not in rules.GUARDIAN_PROOFS:
        errors["proof"] = _("请选择监护关系的证明")
    return proof


def _until(posted: Mapping[str, Any], errors: dict[str, Any], today: date) -> date | None:
    try:
        until = date.fromisoformat(posted.get("letter_until", "").strip())
    except ValueError:
        errors["letter_until"] = _("请填写授权委托书的截止日期")
        return None
    if until < today:
        errors["letter_until"] = _("授权委托书已经过期，请让来人补办新的委托书")
    return until


def kind_of(code: str) -> str:
    """The kind of party that a credit code on its own tells."""
    told = credit_code(code).kind
    if told == "sole_trader":
        return rules.SOLE_TRADER
    return rules.PUBLIC_BODY if told in {"public_body", "institution"} else rules.FIRM


def establish(act: Act, visitor: Visitor, *, business: Business | None, item_code: str, item_kinds: list[str]) -> Seen:
    """Find or enter the person and whom he files for. The caller has asked for the right to receive cases here.

    `business` is what the register said, asked before the transaction. Raises Invalid at the field, Refused.
    """
    person = _person(act, visitor)
    if act.actor.party_id == person.id:
        raise _own_affair()
    if visitor.capacity == "self":
        principals.refuse_child_alone(person, principals.today_of(act))
        return _checked(act, visitor, Seen(person, person))
    if visitor.principal is not None:
        return _checked(act, visitor, _for_a_person(act, visitor, visitor.principal, person, item_code))
    firm = _firm(act, visitor, business)
    if firm.kind not in item_kinds:
        raise Invalid(_("这类主体不能申请本事项"), code="wrong-party", field="credit_code")
    if act.actor.party_id is not None and act.actor.party_id == head_of(firm.id):
        raise _own_affair()
    mandate = _place(act, visitor, person, firm, business, item_code)
    return _checked(act, visitor, Seen(person, firm, mandate))


def _for_a_person(act: Act, visitor: Visitor, who: Principal, person: Party, item_code: str) -> Seen:
    applicant = principals.enter(act, who)
    if act.actor.party_id == applicant.id:
        raise _own_affair()
    if applicant.id == person.id:
        raise Invalid(_("来人就是申请人，请选择“申请人本人”"), code="agent-self", field="capacity")
    if visitor.capacity == "guardian":
        held = principals.guardian_of(act, person, applicant, proof=visitor.proof, by_phone=visitor.by_phone)
        return Seen(person, applicant, held.id)
    refuse_minor(act, applicant)
    return Seen(person, applicant, _as_agent(act, visitor, person, applicant, item_code))


def _own_affair() -> Refused:
    return Refused(_("这是与您本人有利害关系的办件，应当回避"), code="own-case", remedy=_("请交由其他工作人员办理"))


def _person(act: Act, visitor: Visitor) -> Party:
    known = records.owner_of(visitor.id_kind, visitor.id_no, visitor.country)
    if known is None:
        if visitor.by_phone:
            raise Refused(
                _("电话办理只限已在本平台登记并留有手机号码的人"), code="caller-unknown",
                remedy=_("请来电人先在网上实名注册，或者携带证件到窗口办理"),
            )  # fmt: skip
        return put_person(
            act, name=visitor.name, id_kind=visitor.id_kind, id_no=visitor.id_no, phone=visitor.phone,
            country=visitor.country,
        )  # fmt: skip
    party = records.locked(known.id)
    if party.name != visitor.name:
        # What it should be is not told: whoever holds the document can read it there.
        raise Invalid(_("姓名与该证件已登记的姓名不一致，请对照证件核对"), code="name-differs", field="name")
    return party


def _firm(act: Act, visitor: Visitor, business: Business | None) -> Party:
    if business and visitor.firm_name and visitor.firm_name != rules.clean_name(business.name):
        raise Invalid(
            _("该代码登记的名称是“%(name)s”，与填写的不一致") % {"name": business.name}, code="firm-differs",
            field="firm_name",
        )  # fmt: skip
    known = records.owner_of("credit_code", visitor.credit_code)
    if known is not None:
        party = records.locked(known.id)
        if visitor.firm_name and not business and party.name != visitor.firm_name:
            raise Invalid(_("名称与该代码已登记的名称不一致，请核对营业执照"), code="firm-differs", field="firm_name")
        return party
    name = business.name if business else visitor.firm_name
    if not name:
        raise Invalid(_("登记机关没有查到这一代码，请照营业执照填写名称"), code="firm-name", field="firm_name")
    made = register_firm(
        act, kind=business.kind if business else kind_of(visitor.credit_code), name=name,
        credit_code=visitor.credit_code,
        proof={"kind": "register" if business else "business_licence_seen", "by": str(act.actor.account_id)},
    )  # fmt: skip
    return records.locked(UUID(made["party_id"]))


def _place(
    act: Act, visitor: Visitor, person: Party, firm: Party, business: Business | None, item_code: str
) -> UUID | None:
    """The mandate under which the person stands here, if it is one. Raises Invalid where he is not what he says."""
    if visitor.capacity == "head":
        return _as_head(act, person, firm, business)
    if visitor.capacity == "agent":
        return _as_agent(act, visitor, person, firm, item_code)
    return None


def _as_head(act: Act, person: Party, firm: Party, business: Business | None) -> UUID | None:
    """Whoever heads the firm may do everything for it on line, too: only the register makes somebody its head."""
    head = head_of(firm.id)
    if head == person.id:
        return None
    if head is not None or (business and rules.clean_name(business.holder) != person.name):
        raise Invalid(
            _("登记的经营者（法定代表人、负责人）不是来人"), code="not-the-head", field="capacity",
            remedy=_("请按代理人办理并收取授权委托书，或者请其先到登记机关办理变更"),
        )  # fmt: skip
    if business:
        kind = rules.head_kind(firm.kind)
        if kind is not None:
            put_mandate(act, principal=firm, agent=person, kind=kind, proof={"kind": "register"})
    return None


def _as_agent(act: Act, visitor: Visitor, person: Party, principal: Party, item_code: str) -> UUID:
    ends = datetime.combine((visitor.letter_until or date.min) + timedelta(days=1), time(), SHANGHAI)
    for held in Mandate.objects.filter(principal=principal, agent=person, kind="proxy", revoked_at=None):
        if rules.in_force(held.valid_from, held.valid_to, act.at) and rules.covers(held.scope, item=item_code):
            return held.id
    if visitor.by_phone:
        raise Refused(
            _("来电人没有登记过的代理权限，电话里无法核对授权委托书"), code="caller-no-mandate",
            remedy=_("请由申请人本人或者负责人来电，或者携带授权委托书到窗口办理"),
        )  # fmt: skip
    made = give_mandate(
        act, principal_id=principal.id, agent_id=person.id, kind="proxy", scope={"items": [item_code]}, valid_to=ends,
        proof={"kind": "letter_of_authority_seen", "by": str(act.actor.account_id)},
    )  # fmt: skip
    return UUID(made["mandate_id"])


def _checked(act: Act, visitor: Visitor, seen: Seen) -> Seen:
    act.emit(
        events.IDENTITY_CHECKED, subject=("party", seen.person.id), version=seen.person.version,
        body=identity_of(act, visitor),
    )  # fmt: skip
    return seen


def identity_of(act: Act, visitor: Visitor) -> dict[str, Any]:
    """By which document, by whom, how: as the case and the event keep it. No number, no name."""
    how = "phone" if visitor.by_phone else visitor.reading.how
    by = str(act.actor.account_id)
    said: dict[str, Any] = {"kind": visitor.id_kind, "how": how, "by": by, "at": act.at.isoformat()}
    if visitor.by_phone:
        return said | {"questions": list(visitor.questions)}
    if how == "reader":
        said |= {"device": visitor.reading.device, "signed": visitor.reading.signed}
    return said


def with_reading(visitor: Visitor, reading: Reading) -> Visitor:
    return replace(visitor, reading=reading)
