"""A case typed at a counter for somebody else: who helps, where, for whom, and how the applicant confirmed it.

`Case.help` holds it as ids and codes:

    {"mandate": "window_helper", "channel": "counter" | "phone", "account": the clerk in charge, "unit": his unit,
     "person": who stands there or calls, "capacity": one of CAPACITIES,
     "identity": {"kind", "how": reader | typed | phone, "by", "at", "device"?, "signed"?, "questions"?},
     "confirmed": {"how": pad | paper | code, "at", "by": the person, "material"?, "version"} | absent}

A helper (帮办) is no agent in law: he types, the applicant declares. So he has the acts of a draft and its submission,
nothing after that.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tongqu.kernel.acts.actor import Actor, Scope
from tongqu.kernel.cases.models import Case

MANDATE = "window_helper"
FOR_A_PERSON = ("self", "guardian", "person_agent")
FOR_A_FIRM = ("head", "agent", "bearer")
CAPACITIES = (*FOR_A_PERSON, *FOR_A_FIRM)
RECEIVE = "cases.receive"


def helps(actor: Actor, case: Case) -> bool:
    """Whether this member of staff is the one who now types this draft, in the unit where it was opened. No query."""
    help_ = case.help
    return (
        help_ is not None
        and case.state == "draft"
        and actor.kind == "staff"
        and actor.channel == "counter"
        and help_["account"] == str(actor.account_id)
        and actor.may(RECEIVE, Scope(unit_id=UUID(help_["unit"]), region_code=case.region_code))
    )


def same_counter(actor: Actor, case: Case) -> bool:
    """Whether the actor receives cases in the unit where this draft is being typed, by whomever. No query."""
    return case.help is not None and actor.kind == "staff" and actor.may(
        RECEIVE, Scope(unit_id=UUID(case.help["unit"]), region_code=case.region_code)
    )  # fmt: skip


def confirmation_owed(case: Case) -> bool:
    """Whether somebody typed this for the applicant who has not confirmed it as it now stands."""
    return case.help is not None and not case.help.get("confirmed")


def brings_a_letter(case: Case) -> bool:
    """Whether an agent showed a letter of authority at the window. A caller's is on record already."""
    help_ = case.help
    return help_ is not None and help_["capacity"] in {"agent", "person_agent"} and help_["identity"]["how"] != "phone"


def confirmed_by(case: Case) -> UUID | None:
    """The person who confirmed what a clerk typed."""
    said = (case.help or {}).get("confirmed")
    return UUID(said["by"]) if said else None


def on_record(case: Case) -> dict[str, Any]:
    """What the event of receipt says of the help: ids and codes."""
    if case.help is None:
        return {}
    kept = {"mandate": MANDATE, "person": case.help["person"], "capacity": case.help["capacity"]}
    return {"help": kept | {"identity": case.help["identity"], "confirmed": case.help.get("confirmed")}}


def provenance(actor: Actor) -> dict[str, str] | None:
    """How values typed by this actor are marked; None for an applicant's own."""
    if actor.kind != "staff":
        return None
    return {"source": "helper", "helper": str(actor.account_id)}
