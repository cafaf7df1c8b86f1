"""What may be done with a case now: one pure question, asked to act and asked without acting.

`offers` answers for every action that the actor's place in the case opens; each answer carries what still stands in
the way. `act` in `operations` asks the same question and refuses with the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.actor import PASSWORD, REAL_NAME, TWO_FACTOR
from tongqu.kernel.acts.errors import Text
from tongqu.kernel.cases.procedure import Action, Procedure

LOGIN = {"password": PASSWORD, "real_name": REAL_NAME, "two_factor": TWO_FACTOR}
_STRONGER = {
    "password": _("请先登录再进行这一操作"),
    "real_name": _("请先完成实名认证再进行这一操作"),
    "two_factor": _("这一操作须经二次验证：请用验证器或者通行密钥再次登录；尚未开通的，先在“我的账号”中开通"),
}
MIN_OFFICERS_RULE = "L5"


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why an action cannot be taken now. `rule` is a rule id; `report` marks a try that is put on record."""

    code: str
    message: Text
    rule: str | None = None
    report: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """What the rules need to know of the latest site check."""

    state: str  # assigned | recorded | signed
    conclusion: str = ""
    rectification: str = ""
    unsigned: frozenset[UUID] = frozenset()
    officers: frozenset[UUID] = frozenset()

    @property
    def passed(self) -> bool:
        return self.state == "signed" and (self.conclusion == "passed" or self.rectification == "passed")

    @property
    def failed_for_good(self) -> bool:
        return self.state == "signed" and self.conclusion == "failed" and self.rectification != "passed"


class Facts(Protocol):
    """What guards may ask of a case. The engine loads each when it is first asked for; tests pass `PlainFacts`."""

    @property
    def state(self) -> str: ...
    @property
    def tally(self) -> Mapping[str, int]: ...
    @property
    def form_errors(self) -> Mapping[str, Text]: ...
    @property
    def missing_materials(self) -> tuple[str, ...]: ...
    @property
    def confirmation_owed(self) -> bool: ...
    @property
    def unmet_demands(self) -> tuple[str, ...]: ...
    @property
    def open_corrections(self) -> tuple[str, ...]: ...
    @property
    def applicant_changed(self) -> bool: ...
    @property
    def check_called_for(self) -> bool: ...
    @property
    def check(self) -> Check | None: ...
    @property
    def opinion_by(self) -> frozenset[UUID]: ...
    @property
    def ban(self) -> str | None: ...
    @property
    def run_out(self) -> Mapping[str, str]: ...
    @property
    def standing_fault(self) -> tuple[str, str] | None: ...
    @property
    def hearing(self) -> str: ...
    @property
    def erasure_asked(self) -> bool: ...
    @property
    def kept_by_law(self) -> tuple[str, Text] | None: ...
    @property
    def decided_by(self) -> UUID | None: ...
    @property
    def renewal_fault(self) -> Blocker | None: ...


@dataclass(frozen=True, slots=True)
class PlainFacts:
    """Facts as plain values."""

    state: str
    tally: Mapping[str, int] = field(default_factory=dict)
    form_errors: Mapping[str, Text] = field(default_factory=dict)
    missing_materials: tuple[str, ...] = ()
    confirmation_owed: bool = False
    unmet_demands: tuple[str, ...] = ()
    open_corrections: tuple[str, ...] = ()
    applicant_changed: bool = False
    check_called_for: bool = False
    check: Check | None = None
    opinion_by: frozenset[UUID] = frozenset()
    ban: str | None = None
    run_out: Mapping[str, str] = field(default_factory=dict)  # {name of a clock whose time is up: its rule}
    standing_fault: tuple[str, str] | None = None
    hearing: str = ""  # "" (not told) | told | asked | set | settled (held, waived, or not asked for in time)
    erasure_asked: bool = False
    kept_by_law: tuple[str, Text] | None = None  # what stands in the way of erasing: its rule, what it is
    decided_by: UUID | None = None
    renewal_fault: Blocker | None = None  # why the licence that the item renews cannot be renewed


@dataclass(frozen=True, slots=True)
class Who:
    """The actor's place in one case: relations (`applicant`, `helper`, `officer`, `system`), role verbs held there."""

    relations: frozenset[str]
    verbs: frozenset[str]
    account_id: UUID | None = None
    login_strength: int = PASSWORD
    involved: bool = False  # is the applicant, its head or its agent: handles nothing here, whatever the post

    def fits(self, action: Action) -> bool:
        if self.involved and "applicant" not in action.by:
            return False
        return self.holds(action)

    def holds(self, action: Action) -> bool:
        """Whether place or post would give the action, were it nobody's own case."""
        return any(by in self.relations or by in self.verbs for by in action.by)


@dataclass(frozen=True, slots=True)
class Offer:
    """One action with what stands in its way; empty means that it can be taken."""

    action: Action
    blockers: tuple[Blocker, ...] = ()

    @property
    def open(self) -> bool:
        return not self.blockers


Guard = Callable[[Facts, Who], Blocker | None]


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
    for need in action.needs:
        if blocker := GUARDS[need](facts, who):
            found.append(blocker)
    return tuple(found)


# --- guards: what an action needs, by the name the procedure uses ----------------------------------------------------


def _form_complete(facts: Facts, who: Who) -> Blocker | None:
    return Blocker("form-incomplete", _("表单还有未填或填错的内容")) if facts.form_errors else None


def _materials_complete(facts: Facts, who: Who) -> Blocker | None:
    return Blocker("materials-missing", _("还有必交的材料没有交"), "L1") if facts.missing_materials else None


def _confirmed_at_counter(facts: Facts, who: Who) -> Blocker | None:
    """What a clerk typed is the applicant's application only once the applicant has confirmed it."""
    if "helper" in who.relations and facts.confirmation_owed:
        return Blocker(
            "not-confirmed", _("申请人还没有确认所填内容：请让申请人签名，或者由申请人凭短信验证码确认"), "L1"
        )
    return None


def _first_supplement(facts: Facts, who: Who) -> Blocker | None:
    """行政许可法第32条: everything missing is told once; a new demand only where the applicant changed things."""
    if facts.tally.get("request_supplement", 0) and not facts.applicant_changed:
        return Blocker(
            "second-supplement",
            _("补正内容必须一次性告知。本件已经告知过，不得再提出新的补正要求；仍未补齐的可以重申"),
            "L1",
            report=True,
        )
    return None


def _demand_still_unmet(facts: Facts, who: Who) -> Blocker | None:
    if not facts.tally.get("request_supplement", 0):
        return Blocker("nothing-demanded", _("还没有发出过补正告知"))
    return None if facts.unmet_demands else Blocker("all-supplied", _("告知补正的内容已经全部补齐"))


def _demands_met(facts: Facts, who: Who) -> Blocker | None:
    return Blocker("demands-unmet", _("告知补正的内容还没有补齐，可以重申")) if facts.unmet_demands else None


def _correction_open(facts: Facts, who: Who) -> Blocker | None:
    return None if facts.open_corrections else Blocker("nothing-to-correct", _("窗口没有提出可以当场更正的内容"))


def _no_ban(facts: Facts, who: Who) -> Blocker | None:
    if rule := facts.ban:
        return Blocker("banned", _("申请人在法定期限内不得再次申请本项许可"), rule)
    return None


def _standing_holds(facts: Facts, who: Who) -> Blocker | None:
    if fault := facts.standing_fault:
        return Blocker("no-standing", _("受理前提不成立：%(why)s") % {"why": fault[0]}, fault[1])
    return None


def _check_called_for(facts: Facts, who: Who) -> Blocker | None:
    return None if facts.check_called_for else Blocker("no-check-needed", _("本件不需要现场核查"), MIN_OFFICERS_RULE)


def _no_open_check(facts: Facts, who: Who) -> Blocker | None:
    check = facts.check
    if check is None or check.failed_for_good:
        return None
    return Blocker("check-exists", _("现场核查已经指派"))


def _check_open(facts: Facts, who: Who) -> Blocker | None:
    check = facts.check
    if check is None or check.state == "signed":
        return Blocker("no-open-check", _("没有等待填写的现场核查"))
    return None


def _check_awaits_me(facts: Facts, who: Who) -> Blocker | None:
    check = facts.check
    if check is None or check.state != "recorded":
        return Blocker("check-not-recorded", _("核查记录还没有填写"))
    if who.account_id not in check.unsigned:
        return Blocker("already-signed", _("您已经签署"))
    return None


def _check_failed(facts: Facts, who: Who) -> Blocker | None:
    check = facts.check
    if check is None or not check.failed_for_good or check.rectification:
        return Blocker("no-failed-check", _("没有结论为不符合的现场核查"))
    return None


def _rectification_ordered(facts: Facts, who: Who) -> Blocker | None:
    check = facts.check
    return None if check and check.rectification == "ordered" else Blocker("none-ordered", _("没有正在进行的整改"))


def _check_settled(facts: Facts, who: Who) -> Blocker | None:
    if not facts.check_called_for:
        return None
    check = facts.check
    if check is None:
        return Blocker("check-missing", _("本件须先进行现场核查"), MIN_OFFICERS_RULE)
    if check.state != "signed":
        return Blocker("check-unsigned", _("现场核查记录尚未由两名以上核查人员签署"), MIN_OFFICERS_RULE)
    return Blocker("check-mending", _("整改期限未到或整改结果尚未确认")) if check.rectification == "ordered" else None


def _check_passed(facts: Facts, who: Who) -> Blocker | None:
    check = facts.check
    if facts.check_called_for and check is not None and check.failed_for_good:
        return Blocker("check-failed", _("现场核查不符合要求，不能准予许可"), MIN_OFFICERS_RULE)
    return None


def _time_left(facts: Facts, who: Who) -> Blocker | None:
    if rule := facts.run_out.get("decide"):
        return Blocker("time-has-run-out", _("审查期限已经届满，不能再暂停或者延长"), rule)
    return None


def _opinion_given(facts: Facts, who: Who) -> Blocker | None:
    return None if facts.opinion_by else Blocker("no-opinion", _("还没有审查意见"))


def _decider_is_not_reviewer(facts: Facts, who: Who) -> Blocker | None:
    if facts.opinion_by and facts.opinion_by <= {who.account_id}:
        return Blocker("own-opinion", _("审查与决定不能由同一人作出"))
    return None


HEARING_RULE = "L14"


def _hearing_right_open(facts: Facts, who: Who) -> Blocker | None:
    if facts.hearing == "told":
        return None
    return Blocker("no-hearing-right", _("没有可以申请的听证，或者申请听证的期限已过"), "L14.ask")


def _hearing_asked(facts: Facts, who: Who) -> Blocker | None:
    return (
        None if facts.hearing in {"asked", "set"} else Blocker("hearing-not-asked", _("没有人申请听证"), HEARING_RULE)
    )


def _hearing_set(facts: Facts, who: Who) -> Blocker | None:
    return None if facts.hearing == "set" else Blocker("hearing-not-set", _("还没有通知听证的时间地点"), "L14.notice")


def _chair_is_not_reviewer(facts: Facts, who: Who) -> Blocker | None:
    """行政许可法第48条: the chair is somebody other than who examined the application."""
    examined = facts.opinion_by | (facts.check.officers if facts.check else frozenset())
    if who.account_id in examined:
        return Blocker("chair-examined", _("听证由审查该申请的工作人员以外的人主持"), HEARING_RULE)
    return None


def _hearing_settled(facts: Facts, who: Who) -> Blocker | None:
    if facts.hearing == "told":
        return Blocker("hearing-right-runs", _("申请听证的期限还没有届满"), "L14.ask")
    if facts.hearing in {"asked", "set"}:
        return Blocker("hearing-not-held", _("已经有人申请听证，应当先举行听证"), HEARING_RULE)
    return None


def _licence_stands(facts: Facts, who: Who) -> Blocker | None:
    ended = {"retract", "annul", "deregister"} & {code for code, n in facts.tally.items() if n}
    return Blocker("licence-ended", _("许可已经撤回、撤销或者注销")) if ended else None


def _erasure_asked(facts: Facts, who: Who) -> Blocker | None:
    return None if facts.erasure_asked else Blocker("no-erasure-asked", _("申请人没有请求删除"))


def _erasure_not_asked(facts: Facts, who: Who) -> Blocker | None:
    return Blocker("erasure-asked", _("请求删除的，请用“同意删除”或者“不予办理”答复")) if facts.erasure_asked else None


def _nothing_keeps(facts: Facts, who: Who) -> Blocker | None:
    """个人信息保护法第47条: what the law still keeps stands in the way, named with its rule."""
    if kept := facts.kept_by_law:
        return Blocker("kept-by-law", _("依法还不能删除：%(what)s") % {"what": kept[1]}, kept[0], report=True)
    return None


def _eraser_is_not_decider(facts: Facts, who: Who) -> Blocker | None:
    if facts.decided_by is not None and facts.decided_by == who.account_id:
        return Blocker("own-decision", _("决定删除和执行删除不能是同一人"))
    return None


GUARDS: dict[str, Guard] = {
    "renewal_open": lambda facts, who: facts.renewal_fault,
    "hearing_right_open": _hearing_right_open,
    "hearing_asked": _hearing_asked,
    "hearing_set": _hearing_set,
    "hearing_settled": _hearing_settled,
    "chair_is_not_reviewer": _chair_is_not_reviewer,
    "licence_stands": _licence_stands,
    "erasure_asked": _erasure_asked,
    "erasure_not_asked": _erasure_not_asked,
    "nothing_keeps": _nothing_keeps,
    "eraser_is_not_decider": _eraser_is_not_decider,
    "form_complete": _form_complete,
    "materials_complete": _materials_complete,
    "confirmed_at_counter": _confirmed_at_counter,
    "first_supplement": _first_supplement,
    "demand_still_unmet": _demand_still_unmet,
    "demands_met": _demands_met,
    "correction_open": _correction_open,
    "no_ban": _no_ban,
    "standing_holds": _standing_holds,
    "check_called_for": _check_called_for,
    "no_open_check": _no_open_check,
    "check_open": _check_open,
    "check_awaits_me": _check_awaits_me,
    "check_failed": _check_failed,
    "rectification_ordered": _rectification_ordered,
    "check_settled": _check_settled,
    "check_passed": _check_passed,
    "time_left": _time_left,
    "opinion_given": _opinion_given,
    "decider_is_not_reviewer": _decider_is_not_reviewer,
}


def unmet(demands: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The codes of demands the applicant has not met yet. An offer to correct on the spot is none."""
    return tuple(d["code"] for d in demands if not d.get("met") and not d.get("spot"))


def to_correct(demands: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The codes of what the applicant may correct on the spot and has not yet (行政许可法 32(1)(三))."""
    return tuple(d["code"] for d in demands if d.get("spot") and not d.get("met"))
