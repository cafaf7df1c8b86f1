"""Guards as data: `data/guards.yaml` says in FEEL what stands in the way of an action, in which words, by which rule.

`FACTS` names what a condition may use. Each fact is read when a condition first asks for it, so that a guard costs no
query that its answer does not need. The file is checked as it is loaded: every expression is read, tried over sample
facts and must be true or false there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.foundation.feel.evaluating import Expression, compile_expression
from tongqu.foundation.feel.functions import BUILTINS
from tongqu.foundation.feel.nodes import For, Name, Quantified, walk
from tongqu.kernel.cases.facts import Blocker, Check, Facts, PlainFacts, Who
from tongqu.kernel.standards.plain_yaml import load_file
from tongqu.kernel.ui import languages

HERE = Path(__file__).parent


class GuardError(ValueError):
    """The file of guards is wrong; the message says where."""


# --- what a condition may use ----------------------------------------------------------------------------------------


def _check(check: Check | None) -> dict[str, Any] | None:
    return None if check is None else {
        "state": check.state, "conclusion": check.conclusion, "rectification": check.rectification,
        "passed": check.passed, "failed_for_good": check.failed_for_good,
        "unsigned": _texts(check.unsigned), "officers": _texts(check.officers),
    }  # fmt: skip


def _texts(values: Any) -> list[str]:
    return sorted(map(str, values))


def _said(pair: tuple[Any, Any] | None, *names: str) -> dict[str, str] | None:
    return None if pair is None else {name: str(one) for name, one in zip(names, pair, strict=True)}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _fault(found: Blocker | None) -> dict[str, Any] | None:
    return None if found is None else {"code": found.code, "text": str(found.message), "rule": found.rule}


FACTS: dict[str, Callable[[Facts, Who], Any]] = {
    "account": lambda facts, who: _text(who.account_id),
    "relations": lambda facts, who: _texts(who.relations),
    "state": lambda facts, who: facts.state,
    "done": lambda facts, who: [code for code, times in facts.tally.items() if times],
    "form_errors": lambda facts, who: list(facts.form_errors),
    "missing_materials": lambda facts, who: list(facts.missing_materials),
    "confirmation_owed": lambda facts, who: facts.confirmation_owed,
    "unmet_demands": lambda facts, who: list(facts.unmet_demands),
    "open_corrections": lambda facts, who: list(facts.open_corrections),
    "applicant_changed": lambda facts, who: facts.applicant_changed,
    "check_called_for": lambda facts, who: facts.check_called_for,
    "check": lambda facts, who: _check(facts.check),
    "opinion_by": lambda facts, who: _texts(facts.opinion_by),
    "ban": lambda facts, who: facts.ban,
    "run_out": lambda facts, who: {"decide": None, "answer": None, **facts.run_out},
    "standing_fault": lambda facts, who: _said(facts.standing_fault, "text", "rule"),
    "hearing": lambda facts, who: facts.hearing,
    "erasure_asked": lambda facts, who: facts.erasure_asked,
    "kept_by_law": lambda facts, who: _said(facts.kept_by_law, "rule", "text"),
    "decided_by": lambda facts, who: _text(facts.decided_by),
    "renewal_fault": lambda facts, who: _fault(facts.renewal_fault),
    "channel": lambda facts, who: facts.channel,
    "timed_out": lambda facts, who: list(facts.timed_out),
    "consulting": lambda facts, who: list(facts.consulting),
    "unreceived": lambda facts, who: list(facts.unreceived),
    "objecting": lambda facts, who: list(facts.objecting),
    "decided": lambda facts, who: dict(facts.decided),
}


class _Known(Mapping[str, Any]):
    """The facts by name, each read when it is asked for."""

    def __init__(self, facts: Facts, who: Who) -> None:
        self._facts, self._who = facts, who
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = FACTS[name](self._facts, self._who)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in FACTS

    def __iter__(self) -> Iterator[str]:
        return iter(FACTS)

    def __len__(self) -> int:
        return len(FACTS)


# --- the guards ------------------------------------------------------------------------------------------------------

Said = str | Expression | None


@dataclass(frozen=True, slots=True)
class Hurdle:
    """One row of a guard: where `condition` is true, this stands in the way."""

    condition: Expression
    code: Said
    rule: Said
    text: Mapping[str, str] | Expression
    fills: Mapping[str, Expression] = field(default_factory=dict)
    report: bool = False


def blocker(name: str, facts: Facts, who: Who) -> Blocker | None:
    """What the named guard finds in the way, or None. Raises KeyError for a guard that does not exist."""
    known = _Known(facts, who)
    for hurdle in guards()[name]:
        if hurdle.condition.evaluate(known).value is True:
            return _blocker(hurdle, known)
    return None


@cache
def looked_at(name: str) -> frozenset[str]:
    """The facts that the named guard's conditions may look at. Raises KeyError for a guard that does not exist."""
    nodes = (node for hurdle in guards()[name] for node in walk(hurdle.condition.node))
    return frozenset(node.name for node in nodes if isinstance(node, Name) and node.name in FACTS)


@cache
def condition(text: str) -> Expression:
    """A condition of a procedure, over the same facts. Raises FeelError for what cannot be read, LookupError for a
    name that nothing has."""
    found = compile_expression(text, sorted(FACTS))
    bound = {domain.name for one in walk(found.node) if isinstance(one, Quantified | For) for domain in one.domains}
    for one in walk(found.node):
        if isinstance(one, Name) and one.name not in FACTS and one.name not in BUILTINS and one.name not in bound:
            raise LookupError(f"there is no fact {one.name}; there are {', '.join(FACTS)}")
    return found


def holds(text: str, facts: Facts, who: Who) -> bool:
    """Whether a condition of a procedure is true of the case."""
    return condition(text).evaluate(_Known(facts, who)).value is True


def fault_in(text: str) -> str:
    """What is wrong with a condition of a procedure; "" where nothing is. It must be true or false of the samples.

    `decided` differs from package to package: `get value(decided, "way") = "simple"` asks for what may not be there.
    """
    try:
        found = condition(text)
    except (FeelError, LookupError) as error:
        return str(error)
    for facts in _samples():
        answer = found.evaluate(_Known(facts, _SAMPLE_WHO))
        if type(answer.value) is not bool:
            return str(answer.notes[0]) if answer.notes else "a condition is true or false"
    return ""


def _blocker(hurdle: Hurdle, known: _Known) -> Blocker:
    text = hurdle.text
    words = str(_value(text, known)) if isinstance(text, Expression) else languages.said(text)
    for name, expression in hurdle.fills.items():
        words = words.replace("{" + name + "}", str(_value(expression, known) or ""))
    rule = _value(hurdle.rule, known)
    return Blocker(str(_value(hurdle.code, known)), words, rule, hurdle.report)


def _value(said: Said, known: _Known) -> Any:
    return said.evaluate(known).value if isinstance(said, Expression) else said


@cache
def guards() -> Mapping[str, tuple[Hurdle, ...]]:
    """Every guard that ships, by name; read and checked once a process. Raises GuardError."""
    return read(load_file(HERE / "data" / "guards.yaml"))


def read(raw: Any) -> dict[str, tuple[Hurdle, ...]]:
    """The guards of a file. Raises GuardError with the guard, the row and what is wrong there."""
    for error in _validator().iter_errors(raw):
        raise GuardError(f"guards.yaml: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    found = {}
    for name, rows in raw["guards"].items():
        found[name] = tuple(_hurdle(row, f"guards.yaml: {name}, row {n}") for n, row in enumerate(rows, 1))
        _try_out(found[name], name)
    return found


def _hurdle(row: Mapping[str, Any], where: str) -> Hurdle:
    def expression(text: str) -> Expression:
        try:
            return condition(text)
        except FeelError as error:
            raise GuardError(f"{where}: {error.problem.zh} {error.problem.en}") from None
        except LookupError as error:
            raise GuardError(f"{where}: {error.args[0]}") from None

    def said(value: Any) -> Any:
        return expression(value["feel"]) if isinstance(value, Mapping) and "feel" in value else value

    return Hurdle(
        expression(row["if"]), said(row["code"]), said(row.get("rule")), said(row["text"]),
        {name: expression(text) for name, text in row.get("with", {}).items()}, row.get("report", False),
    )  # fmt: skip


def _try_out(guard: tuple[Hurdle, ...], name: str) -> None:
    """Types that do not go together, over a case with everything and one with nothing. Raises GuardError."""
    for facts in _samples():
        for n, hurdle in enumerate(guard, 1):
            answer = hurdle.condition.evaluate(_Known(facts, _SAMPLE_WHO))
            for note in answer.notes:
                raise GuardError(f"guards.yaml: {name}, row {n}: {note.zh} {note.en}")
            if type(answer.value) is not bool:
                raise GuardError(
                    f"guards.yaml: {name}, row {n}: 条件的结果应当是“是”或“否” a condition is true or false"
                )
            if answer.value:
                break


_SAMPLE_WHO = Who(frozenset({"helper"}), frozenset())


def _samples() -> tuple[PlainFacts, ...]:
    full = PlainFacts(
        "received", {"request_supplement": 1}, check_called_for=True, check=Check("signed", "failed", "failed"),
        ban="L1", hearing="told", standing_fault=("", ""), kept_by_law=("", ""), renewal_fault=Blocker("", ""),
        erasure_asked=True, confirmation_owed=True, applicant_changed=True,
        run_out={"decide": "L1", "answer": "I13"}, timed_out=("clarify",), consulting=("third_party",),
        unreceived=("third_party",), objecting=("third_party",),
    )  # fmt: skip
    return full, PlainFacts("draft")


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(load_file(HERE / "schemas" / "guards.schema.yaml"))
