"""Procedures 程序: the state machine a statute prescribes, as data. A version once shipped never changes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.kernel.acts import kinds

HERE = Path(__file__).parent
Lang = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class State:
    code: str
    name: Lang
    stage: str
    tone: str = "neutral"
    ended: bool = False
    waits_for: str = "office"


@dataclass(frozen=True, slots=True)
class Action:
    """One act of the procedure. `by`: `applicant`, `helper`, `officer`, `system` or role verbs (`cases.accept`).

    `to` is the state it leads to ("same": where it was), unless one of the `ways` holds: (condition, state), the first
    that is true of the case as it stands when the act is taken.
    """

    code: str
    name: Lang
    by: tuple[str, ...]
    from_: tuple[str, ...]
    to: str
    seen_by: str
    rule: str | None = None
    login: str = "password"
    needs: tuple[str, ...] = ()
    times: int | None = None
    clocks: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Mapping[str, Any], ...] | str = ()
    document: str | None = None
    tone: str = "neutral"
    confirm: bool = False
    more_inputs: tuple[Mapping[str, Any], ...] = ()
    ways: tuple[tuple[str, str], ...] = ()

    def target(self, state: str, holds: Callable[[str], bool]) -> str:
        """The state that it leads to from `state`; `holds` tells whether a condition is true of the case."""
        found = next((to for condition, to in self.ways if holds(condition)), self.to)
        return state if found == "same" else found

    @property
    def targets(self) -> frozenset[str]:
        """Every state that it can lead to."""
        named = {self.to, *(to for _condition, to in self.ways)}
        return frozenset(named - {"same"}) | (frozenset(self.from_) if "same" in named else frozenset())


@dataclass(frozen=True, slots=True)
class Consulting:
    """A kind of consultation: who is asked by the act `ask`, has the time of `rule` to answer, and meanwhile stops the
    clock `pauses` on `ground`. Where nobody answers in time the platform takes the act `silent`."""

    code: str
    name: Lang
    ask: str
    silent: str
    rule: str
    pauses: str
    ground: str


@dataclass(frozen=True, slots=True)
class Procedure:
    code: str
    version: int
    title: Lang
    stages: tuple[Mapping[str, Any], ...]
    states: Mapping[str, State]
    actions: Mapping[str, Action]
    parameters: Mapping[str, str | None]
    consultations: Mapping[str, Consulting] = field(default_factory=dict)
    verbs: frozenset[str] = field(init=False)  # of roles, by which its acts are taken

    def __post_init__(self) -> None:
        by = (one for action in self.actions.values() for one in action.by)
        object.__setattr__(self, "verbs", frozenset(one for one in by if one.startswith("cases.")))

    def rule_id(self, name: str | None, bound: Mapping[str, Any]) -> str | None:
        """The rule behind `L1` or `$decide`, where the item's package binds the latter."""
        if name is None or not name.startswith("$"):
            return name
        value = bound.get(name[1:], self.parameters.get(name[1:]))
        return str(value) if value else None

    def stage_of(self, state: str) -> str:
        return self.states[state].stage


class ProcedureError(LookupError):
    """A procedure file is wrong; the message says where."""


@functools.cache
def shipped() -> Mapping[tuple[str, int], Procedure]:
    """Every procedure that ships, by code and version; read once a process. Raises ProcedureError."""
    files = sorted((HERE / "procedures").glob("*.yaml"))
    found = [read(path.read_text("utf-8"), where=path.name) for path in files]
    return {(one.code, one.version): one for one in found}


def procedure(code: str, version: int) -> Procedure:
    """The procedure shipped under this code and version. Raises ProcedureError."""
    try:
        return shipped()[code, version]
    except KeyError:
        raise ProcedureError(f"no procedure {code}@{version}") from None


def latest(code: str) -> Procedure:
    """The newest shipped version. Raises ProcedureError."""
    versions = [version for known, version in shipped() if known == code]
    if not versions:
        raise ProcedureError(f"no procedure {code}")
    return procedure(code, max(versions))


@functools.cache
def states_of_all() -> tuple[str, ...]:
    """Every state that a submitted case can be in, of every version ever shipped, in order."""
    return tuple(sorted({state for one in shipped().values() for state in one.states} - {"draft"}))


@functools.cache
def all_states() -> Mapping[str, State]:
    """{code: state} of every procedure in its newest version, for the tabs of a list that mixes them.

    A code that two procedures share is named as licensing names it, which comes first.
    """
    codes = sorted({path.stem for path in (HERE / "procedures").glob("*.yaml")}, key=lambda c: (c != "licensing", c))
    found: dict[str, State] = {}
    for code in codes:
        for name, state in latest(code).states.items():
            found.setdefault(name, state)
    return found


class ShippedProcedures:
    """Answers the packages room's port: what a package may name."""

    def actions(self, procedure: str) -> frozenset[str]:
        return frozenset(latest(procedure).actions)

    def clocks(self, procedure: str) -> frozenset[str]:
        return frozenset(latest(procedure).parameters)


@functools.cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(yaml.safe_load((HERE / "schemas" / "procedure.schema.yaml").read_text("utf-8")))


def read(text: str, *, where: str) -> Procedure:
    """A procedure from its YAML. Raises ProcedureError naming the first fault."""
    try:
        raw = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist
        raise ProcedureError(f"{where}: {error}") from None
    return parse(raw, where=where)


def parse(raw: Any, *, where: str) -> Procedure:
    """Check and build. Raises ProcedureError naming the first fault."""
    if fault := _not_json(raw):
        raise ProcedureError(f"{where}: {fault}")
    for error in _validator().iter_errors(raw):
        raise ProcedureError(f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    states = {code: State(code=code, **{k: v for k, v in s.items()}) for code, s in raw["states"].items()}
    for code, action in raw["actions"].items():
        if fault := _ways_fault(action["to"]):
            raise ProcedureError(f"{where}: action {code} {fault}")
    actions = {code: _action(code, a) for code, a in raw["actions"].items()}
    result = Procedure(
        raw["code"], raw["version"], raw["title"], tuple(raw["stages"]), states, actions, raw["parameters"],
        {code: Consulting(code=code, **one) for code, one in raw.get("consultations", {}).items()},
    )  # fmt: skip
    _check(result, where)
    return result


def _not_json(raw: Any, at: str = "") -> str:
    """What YAML allows and a schema cannot judge: names that are not text, dates."""
    if isinstance(raw, dict):
        if wrong := [key for key in raw if not isinstance(key, str)]:
            return f"{at}: the name {wrong[0]!r} is not text"
        return next((fault for key, value in raw.items() if (fault := _not_json(value, f"{at}/{key}"))), "")
    if isinstance(raw, list):
        return next((fault for n, value in enumerate(raw) if (fault := _not_json(value, f"{at}/{n}"))), "")
    return "" if raw is None or isinstance(raw, str | int | float) else f"{at}: {raw!r} is neither text nor number"


def _ways_fault(to: Any) -> str:
    """Where an action may lead to several states, each has a condition but the last, which takes what is left."""
    conditional = [] if isinstance(to, str) else ["when" in one for one in to]
    if conditional and conditional[-1]:
        return "leads nowhere when no condition holds: the last of `to` has none"
    return "" if all(conditional[:-1]) else "never gets past a way without a condition: only the last of `to` has none"


def _action(code: str, raw: Mapping[str, Any]) -> Action:
    inputs = raw.get("inputs", [])
    return Action(
        code=code,
        name=raw["name"],
        by=tuple(raw["by"]),
        from_=tuple(raw["from"]),
        to=raw["to"] if isinstance(raw["to"], str) else raw["to"][-1]["to"],
        ways=() if isinstance(raw["to"], str) else tuple((one["when"], one["to"]) for one in raw["to"][:-1]),
        seen_by=raw["seen_by"],
        rule=raw.get("rule"),
        login=raw.get("login", "password"),
        needs=tuple(raw.get("needs", ())),
        times=raw.get("times"),
        clocks=raw.get("clocks", {}),
        inputs=inputs if isinstance(inputs, str) else tuple(inputs),
        document=raw.get("document"),
        tone=raw.get("tone", "neutral"),
        confirm=raw.get("confirm", False),
        more_inputs=tuple(raw.get("more_inputs", ())),
    )


def _check(p: Procedure, where: str) -> None:
    """Every state named exists, every state can be reached, and every state that is not an end can be left."""
    stages = {stage["code"] for stage in p.stages}
    for state in p.states.values():
        if state.stage not in stages:
            raise ProcedureError(f"{where}: state {state.code} names an unknown stage {state.stage}")
    reached, left = {"draft"}, set()
    for action in p.actions.values():
        for name in (*action.from_, *action.targets):
            if name not in p.states:
                raise ProcedureError(f"{where}: action {action.code} names an unknown state {name}")
        reached |= action.targets
        left |= {s for s in action.from_ if _leaves(action, s)}
        for fault in _cannot_be_done(action):
            raise ProcedureError(f"{where}: action {action.code} {fault}")
        for name in _parameters_in(action):
            if name not in p.parameters:
                raise ProcedureError(f"{where}: action {action.code} names an unknown parameter ${name}")
    for fault in _consultations_cannot(p):
        raise ProcedureError(f"{where}: {fault}")
    if missing := set(p.states) - reached:
        raise ProcedureError(f"{where}: no action leads to {', '.join(sorted(missing))}")
    if stuck := {s.code for s in p.states.values() if not s.ended} - left:
        raise ProcedureError(f"{where}: no action leaves {', '.join(sorted(stuck))}")


def _leaves(action: Action, state: str) -> bool:
    return any(to not in ("same", state) for to in (action.to, *(way for _condition, way in action.ways)))


def _cannot_be_done(action: Action) -> Iterator[str]:
    """What the engine has no answer for: a guard, an event, a condition that nobody wrote."""
    from tongqu.kernel.cases import events  # noqa: F401  declares them
    from tongqu.kernel.cases.guards import condition, fault_in, guards

    yield from (f"needs an unknown guard {need}" for need in action.needs if need not in guards())
    for how in ("stop", "start"):
        for spec in action.clocks.get(how, ()):
            try:
                condition(spec.get("when", "true"))
            except (FeelError, LookupError) as error:
                yield f"{how}s {spec['name']} on a condition that cannot be read: {error}"
    stated = {f["name"] for f in (*action.more_inputs, *(action.inputs if not isinstance(action.inputs, str) else ()))}
    for spec in action.clocks.get("start", ()):
        if "length" in spec and spec["length"] not in stated:
            yield f"starts {spec['name']} for as long as an input says that it does not have: {spec['length']}"
    for condition_, to in action.ways:
        if fault := fault_in(condition_):
            yield f"goes to {to} on a condition that cannot be used: {fault}"
    if f"cases.{action.code}" not in {kind.name for kind in kinds.all_kinds()}:
        yield f"has no event cases.{action.code}"


def _consultations_cannot(p: Procedure) -> Iterator[str]:
    """Acts and clocks of a consultation that the procedure does not have."""
    clocks = {spec["name"] for action in p.actions.values() for spec in action.clocks.get("start", ())}
    for one in p.consultations.values():
        yield from (
            f"consultation {one.code} names an unknown act {a}" for a in (one.ask, one.silent) if a not in p.actions
        )
        if one.pauses not in clocks:
            yield f"consultation {one.code} pauses a clock that no act starts: {one.pauses}"


def _parameters_in(action: Action) -> list[str]:
    names = [action.rule] + [spec.get("rule") for spec in action.clocks.get("start", ())]
    return [name[1:] for name in names if name and name.startswith("$")]
