"""What may be done with a case now: one pure question, asked to act and asked without acting.

`offers` answers for every action that the actor's place in the case opens; each answer carries what still stands in
the way. `act` in `operations` asks the same question and refuses with the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.actor import PASSWORD, REAL_NAME, TWO_FACTOR
from tongqu.kernel.cases import guards
from tongqu.kernel.cases.facts import Blocker, Facts, Who
from tongqu.kernel.cases.procedure import Action, Procedure

LOGIN = {"password": PASSWORD, "real_name": REAL_NAME, "two_factor": TWO_FACTOR}
_STRONGER = {
    "password": _("请先登录再进行这一操作"),
    "real_name": _("请先完成实名认证再进行这一操作"),
    "two_factor": _("这一操作须经二次验证：请用验证器或者通行密钥再次登录；尚未开通的，先在“我的账号”中开通"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One action with what stands in its way; empty means that it can be taken."""

    action: Action
    blockers: tuple[Blocker, ...] = ()

    @property
    def open(self) -> bool:
        return not self.blockers


def offers(procedure: Procedure, facts: Facts, who: Who) -> list[Offer]:
    """The actions this actor may take or nearly take in this state, in the procedure's order."""
    return [
        Offer(action, blockers(action, facts, who))
        for action in procedure.actions.values()
        if who.fits(action) and facts.state in action.from_
    ]


def blockers(action: Action, facts: Facts, who: Who) -> tuple[Blocker, ...]:
    """Everything that stands in the way of an action, whoever's fault it is; the state is checked first."""
    if facts.state not in action.from_:
        return (Blocker("wrong-state", _("办件目前的状态不能进行这一操作")),)
    found: list[Blocker] = []
    if who.login_strength < LOGIN[action.login]:
        found.append(Blocker("stronger-login", _STRONGER[action.login]))
    if action.times is not None and facts.tally.get(action.code, 0) >= action.times:
        found.append(Blocker("too-often", _("这一操作依法只能进行规定的次数，已经用完"), action.rule))
    found.extend(blocker for need in action.needs if (blocker := guards.blocker(need, facts, who)))
    return tuple(found)


def unmet(demands: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The codes of demands the applicant has not met yet. An offer to correct on the spot is none."""
    return tuple(d["code"] for d in demands if not d.get("met") and not d.get("spot"))


def to_correct(demands: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The codes of what the applicant may correct on the spot and has not yet (行政许可法 32(1)(三))."""
    return tuple(d["code"] for d in demands if d.get("spot") and not d.get("met"))
