"""Checks of the triage: every answer leads somewhere, nothing goes round, nothing stands apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tongqu.kernel.packages.content import Content
from tongqu.kernel.packages.names import values_of
from tongqu.kernel.packages.rules.fields import fields_of
from tongqu.kernel.packages.wording import Problem, problem

NAME_IN_TEXT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
FILE = "triage.yaml"


def problems(content: Content) -> Iterator[Problem]:
    triage = content.get("triage")
    if triage is None:
        return
    broken = list(_target_problems(triage))
    yield from broken
    if not broken:
        yield from _circle_problems(triage)
        yield from _reach_problems(triage)
    yield from _setting_problems(triage, content["package"])
    yield from _fill_problems(triage, content)


def _targets(question: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    yield from (answer["then"] for answer in question["answers"])
    if "otherwise" in question:
        yield question["otherwise"]


def _target_problems(triage: Mapping[str, Any]) -> Iterator[Problem]:
    questions = [one["id"] for one in triage["questions"]]
    outcomes = [one["id"] for one in triage["outcomes"]]
    for kind, ids in (("question", questions), ("outcome", outcomes)):
        for twice in sorted({one for one in ids if ids.count(one) > 1}):
            yield problem(FILE, f"$.{kind}s", "twice", name=twice)
    if triage["start"] not in questions:
        yield problem(FILE, "$.start", "unknown-question", name=triage["start"])
    for index, question in enumerate(triage["questions"]):
        values = [answer["value"] for answer in question["answers"]]
        if len(set(values)) != len(values):
            twice = next(value for value in values if values.count(value) > 1)
            yield problem(FILE, f"$.questions[{index}]", "twice", name=twice)
        for target in _targets(question):
            kind, name = next(iter(target.items()))
            if name not in (questions if kind == "question" else outcomes):
                yield problem(FILE, f"$.questions[{index}]", f"unknown-{kind}", name=name)


def _circle_problems(triage: Mapping[str, Any]) -> Iterator[Problem]:
    after = {q["id"]: {t["question"] for t in _targets(q) if "question" in t} for q in triage["questions"]}
    free = {name for name, later in after.items() if not later}
    while True:
        more = {name for name, later in after.items() if name not in free and later <= free}
        if not more:
            break
        free |= more
    if circle := sorted(set(after) - free):
        yield problem(FILE, "$.questions", "circle", names="、".join(circle))


def _reach_problems(triage: Mapping[str, Any]) -> Iterator[Problem]:
    questions = {one["id"]: one for one in triage["questions"]}
    reached = {("question", triage["start"])}
    ahead = [triage["start"]]
    while ahead:
        for target in _targets(questions[ahead.pop()]):
            step = next(iter(target.items()))
            if step not in reached:
                reached.add(step)
                if step[0] == "question":
                    ahead.append(step[1])
    for kind in ("question", "outcome"):
        for one in triage[f"{kind}s"]:
            if (kind, one["id"]) not in reached:
                yield problem(FILE, f"$.{kind}s", "unreached", name=one["id"])


def _setting_problems(triage: Mapping[str, Any], package: Mapping[str, Any]) -> Iterator[Problem]:
    settings = {
        one["code"]: {"instrument"} | {p["name"] for p in one["parameters"]} for one in package.get("settings", ())
    }
    for kind, key in (("questions", "only_if"), ("outcomes", "setting")):
        for index, one in enumerate(triage[kind]):
            code = one.get(key)
            path = f"$.{kind}[{index}]"
            if code is not None and code not in settings:
                yield problem(FILE, f"{path}.{key}", "unknown-setting", name=code)
                continue
            known = settings[code] if code else set()
            for name in sorted(set(NAME_IN_TEXT.findall(str(one))) - known):
                yield problem(FILE, path, "unknown-name", name=name)


def _fill_problems(triage: Mapping[str, Any], content: Content) -> Iterator[Problem]:
    known = values_of(content["form"])
    asked = {field["name"] for field in fields_of(content["form"]) if "prefill" not in field}
    for q, question in enumerate(triage["questions"]):
        for a, answer in enumerate(question["answers"]):
            path = f"$.questions[{q}].answers[{a}].fills"
            for name, value in answer.get("fills", {}).items():
                if name not in asked:
                    yield problem(FILE, path, "unknown-field", name=name)
                    continue
                can_be = known[name]
                for one in value if isinstance(value, list) else [value]:
                    if can_be is not None and one not in can_be:
                        yield problem(FILE, path, "never", name=name, value=one)
