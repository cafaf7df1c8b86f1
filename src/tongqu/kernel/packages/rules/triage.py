"""Which way in: one question at a time, each answer leading to the next or to what the law says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tongqu.kernel.packages.package import Package, Text

# Settings a region has adopted: {setting code: {parameter: value}}, as `packages.queries.adopted` returns them.
Adopted = Mapping[str, Mapping[str, Any]]
LOCAL_RULES: Text = {
    "zh-Hans": "本地规定",
    "en": "local rules",
}  # where no instrument is named, as in a package's tests


@dataclass(frozen=True, slots=True)
class Answer:
    value: str
    label: Text
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """`asked` are the questions answered so far, in order, so that a page can show and change them."""

    id: str
    title: Text
    help: Text | None
    answers: tuple[Answer, ...]
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`kind`: licence (apply here), no_licence, filing, registration, elsewhere. `basis` cites the law:
    {"instrument", "article", "trust"}, and `local` names the region's own instrument where the outcome rests on one;
    `fills` are form values that the answers already gave."""

    id: str
    kind: str
    title: Text
    text: Text
    rule: str
    basis: tuple[Mapping[str, Any], ...]
    next: tuple[Text, ...]
    fills: Mapping[str, Any] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    local: Text | None = None

    @property
    def may_apply(self) -> bool:
        return self.kind == "licence"


def next_step(
    package: Package, answers: Mapping[str, str], *, adopted: Adopted | None = None
) -> NextQuestion | Outcome:
    """The next question to ask, or the outcome. An answer that the question does not offer counts as not given;
    answers off the path are ignored. Raises LookupError for a package without triage."""
    if package.triage is None:
        raise LookupError(f"{package.code} has no triage")
    return walk(package.triage, answers, settings=package.settings, adopted=adopted or {})


def fills(package: Package, answers: Mapping[str, str], *, adopted: Adopted | None = None) -> Mapping[str, Any]:
    """The form values that these answers already gave; empty without triage."""
    if package.triage is None:
        return {}
    step = next_step(package, answers, adopted=adopted)
    return step.fills if isinstance(step, Outcome) else {}


def walk(
    triage: Mapping[str, Any], answers: Mapping[str, str], *, settings: Mapping[str, Any], adopted: Adopted
) -> NextQuestion | Outcome:
    """`next_step` on plain content. Raises LookupError where the graph leads nowhere (the check refuses such)."""
    questions = {one["id"]: one for one in triage["questions"]}
    filled: dict[str, Any] = {}
    asked: list[str] = []
    target: Mapping[str, str] = {"question": triage["start"]}
    for _ in range(len(questions) + 1):
        if "outcome" in target:
            return _outcome(triage, target["outcome"], filled, tuple(asked), settings, adopted)
        question = questions[target["question"]]
        setting = question.get("only_if")
        if setting and setting not in adopted:
            target = question["otherwise"]
            continue
        given = next((a for a in question["answers"] if a["value"] == answers.get(question["id"])), None)
        if given is None:
            return _question(question, tuple(asked), settings, adopted)
        asked.append(question["id"])
        filled.update(given.get("fills", {}))
        target = given["then"]
    raise LookupError("the triage goes round in a circle")


def parameters(setting: Mapping[str, Any] | None, adopted: Mapping[str, Any] | None) -> dict[str, Any]:
    """A setting's values: the defaults, replaced by what the region adopted, and the instrument that it rests on."""
    if setting is None:
        return {}
    defaults = {one["name"]: one["default"] for one in setting["parameters"] if "default" in one}
    return {"instrument": LOCAL_RULES, **defaults, **(adopted or {})}


def fill_text(text: Text, values: Mapping[str, Any]) -> Text:
    """{name} in each language replaced; a value that is itself a text gives the same language. Nothing is run."""

    def one(language: str, words: str) -> str:
        for name, value in values.items():
            if isinstance(value, Mapping):
                value = value.get(language) or value["zh-Hans"]
            words = words.replace("{" + name + "}", str(value))
        return words

    return {language: one(language, words) for language, words in text.items()} if values else text


def _question(
    question: Mapping[str, Any], asked: tuple[str, ...], settings: Mapping[str, Any], adopted: Adopted
) -> NextQuestion:
    code = question.get("only_if", "")
    values = parameters(settings.get(code), adopted.get(code))
    return NextQuestion(
        id=question["id"],
        title=fill_text(question["title"], values),
        help=fill_text(question["help"], values) if "help" in question else None,
        answers=tuple(
            Answer(a["value"], fill_text(a["label"], values), fill_text(a["hint"], values) if "hint" in a else None)
            for a in question["answers"]
        ),
        asked=asked,
    )


def _outcome(
    triage: Mapping[str, Any],
    outcome_id: str,
    filled: Mapping[str, Any],
    asked: tuple[str, ...],
    settings: Mapping[str, Any],
    adopted: Adopted,
) -> Outcome:
    found = next((one for one in triage["outcomes"] if one["id"] == outcome_id), None)
    if found is None:
        raise LookupError(f"no outcome {outcome_id}")
    code = found.get("setting", "")
    values = parameters(settings.get(code), adopted.get(code))
    return Outcome(
        id=found["id"],
        kind=found["kind"],
        title=fill_text(found["title"], values),
        text=fill_text(found["text"], values),
        rule=found.get("rule", ""),
        basis=tuple(found["basis"]),
        next=tuple(fill_text(words, values) for words in found["next"]),
        fills=dict(filled),
        asked=asked,
        local=values.get("instrument"),
    )
