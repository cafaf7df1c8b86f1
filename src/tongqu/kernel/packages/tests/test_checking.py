"""Each mistake a package can have is found, named with its file, and stops publication."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongqu.kernel.acts import ports
from tongqu.kernel.packages.ports import Procedures
from tongqu.kernel.packages.rules import check
from tongqu.kernel.packages.rules.checking import NotFit, check_content, load
from tongqu.kernel.packages.tests.samples import FOOD, Content, changed, fields, food, write


def question(content: Content, id: str) -> dict[str, Any]:
    return next(q for q in content["triage"]["questions"] if q["id"] == id)  # type: ignore[no-any-return]


def ask_for_the_name(c: Content) -> None:
    field = fields(c)["name"]
    del field["prefill"]
    field["required"] = True


def ask_for_the_licence(c: Content) -> None:
    c["materials"]["materials"][1] |= {"source": "upload", "accept": ["pdf"], "max_files": 1}


def go_round(c: Content) -> None:
    question(c, "sells")["answers"][0]["then"] = {"question": "what"}


def promise(content: Content, **promised: Any) -> None:
    content["procedure"]["clocks"]["decide"]["promise"] = promised


NOWHERE = {"field": "no_such", "equals": "x"}


def on(field: str, value: str) -> dict[str, str]:
    return {"field": field, "equals": value}


MISTAKES: list[tuple[Callable[[Content], Any], str, str]] = [
    (ask_for_the_name, "form.yaml", "ask-once"),
    (ask_for_the_licence, "materials.yaml", "ask-once"),
    (lambda c: fields(c)["area"].update(element="food.no_such"), "form.yaml", "unknown-element"),
    (lambda c: fields(c)["area"].update(element="food.online_trade"), "form.yaml", "widget"),
    (lambda c: fields(c)["area"].update(name="kind"), "form.yaml", "twice"),
    (lambda c: fields(c)["contact_phone"].update(prefill="contact.phone", required=None), "form.yaml", "schema-other"),
    (lambda c: fields(c)["area"].pop("label"), "form.yaml", "schema-missing"),
    (lambda c: fields(c)["area"]["label"].pop("en"), "form.yaml", "schema-missing"),
    (lambda c: fields(c)["premises_address"].update(max_length=5000), "form.yaml", "too-long"),
    (lambda c: fields(c)["kind"]["options"].append(c["form"]["pages"][1]["sections"][0]["fields"][0]["options"][0]),
     "form.yaml", "twice"),
    (lambda c: fields(c)["kind"]["options"][0].update(value="circus"), "form.yaml", "not-in-code-set"),
    (lambda c: fields(c)["premises_address"].update(show=NOWHERE), "form.yaml", "unknown-field"),
    (lambda c: fields(c)["premises_address"].update(show=on("premises_same", "moon")), "form.yaml", "never"),
    (lambda c: fields(c)["kind"].update(show=on("delivery_way", "post")), "form.yaml", "unknown-field"),
    (lambda c: c["form"]["derived"][0]["cases"][0].update({"from": "no_such"}), "form.yaml", "unknown-field"),
    (lambda c: c["form"]["derived"][1]["union"].append("area"), "form.yaml", "not-several"),
    (lambda c: c["form"]["derived"][1].update(name="area"), "form.yaml", "twice"),
    (lambda c: c["materials"]["materials"][4].update(when=NOWHERE), "materials.yaml", "unknown-field"),
    (lambda c: c["materials"]["materials"][4].update(when=on("brackets", "moon")), "materials.yaml", "never"),
    (lambda c: c["materials"]["materials"][2].update(element="food.premises_area"), "materials.yaml", "not-document"),
    (lambda c: c["materials"]["materials"][2].update(code="vending_plan"), "materials.yaml", "twice"),
    (lambda c: c["triage"].update(start="nowhere"), "triage.yaml", "unknown-question"),
    (lambda c: question(c, "sells")["answers"][0]["then"].update(outcome="nowhere"), "triage.yaml", "unknown-outcome"),
    (lambda c: question(c, "sells")["answers"][0].pop("then"), "triage.yaml", "schema-missing"),
    (go_round, "triage.yaml", "circle"),
    (lambda c: question(c, "sells")["answers"][2]["then"].update(outcome="licence"), "triage.yaml", "unreached"),
    (lambda c: question(c, "small_by_area").update(only_if="no_such"), "triage.yaml", "unknown-setting"),
    (lambda c: question(c, "sells")["title"].update(en="Below {area_below}?"), "triage.yaml", "unknown-name"),
    (lambda c: question(c, "what")["answers"][0]["fills"].update(kind="circus"), "triage.yaml", "never"),
    (lambda c: question(c, "what")["answers"][0]["fills"].update(name="x"), "triage.yaml", "unknown-field"),
    (lambda c: c["procedure"]["clocks"]["decide"].update(rule="FB99"), "procedure.yaml", "unknown-rule"),
    (lambda c: promise(c, quantity=10, unit="day"), "procedure.yaml", "promise-longer"),
    (lambda c: promise(c, quantity=1, unit="month"), "procedure.yaml", "promise-longer"),
    (lambda c: promise(c, quantity=-1, unit="day"), "procedure.yaml", "schema-form"),
    (lambda c: promise(c, quantity=5), "procedure.yaml", "schema-missing"),
    (lambda c: c["package"]["item"]["fee"].update(rule="L999"), "package.yaml", "unknown-rule"),
    (lambda c: c["grounds"]["grounds"][0].update(rule_id="L999"), "grounds.yaml", "unknown-rule"),
    (lambda c: c["rules"]["rules"][1].update(quantity=25), "rules.yaml", "law"),
    (lambda c: c["rules"].update(package="other-item"), "rules.yaml", "must-be"),
    (lambda c: c["guide"]["conditions"][0]["basis"][0].update(instrument="x"), "guide.yaml", "unknown-instrument"),
    (lambda c: c["package"]["item"].update(type="favour"), "package.yaml", "not-in-code-set"),
    (lambda c: c["package"]["item"]["served"].append("martian"), "package.yaml", "not-in-code-set"),
    (lambda c: c["package"]["settings"][0]["parameters"][0].update(default={"zh-Hans": "五十", "en": "fifty"}),
     "package.yaml", "default-type"),
    (lambda c: c["procedure"]["licence_number"].update(kind_from="no_such"), "procedure.yaml", "unknown-field"),
    (lambda c: c["procedure"]["site_check"].update(needed_when=NOWHERE), "procedure.yaml", "unknown-field"),
    (lambda c: c["procedure"]["acceptance"]["facts"][0].update({"in": ["gone"]}), "procedure.yaml", "never"),
    (lambda c: c["site_check"]["groups"][2]["points"][0].update(when=NOWHERE),
     "site_check.yaml", "unknown-field"),
    (lambda c: c["texts"]["supplement"][0].update(material="no_such"), "texts.yaml", "unknown-material"),
    (lambda c: c["texts"]["supplement"][0]["text"].update(en="{applicant_id}"), "texts.yaml", "unknown-name"),
    (lambda c: c["texts"]["licence"][0].update({"from": "no_such"}), "texts.yaml", "unknown-source"),
    (lambda c: c["tests"]["triage"][1]["expect"].update(outcome="filing"), "tests.yaml", "test-failed"),
    (lambda c: c["tests"]["materials"][0].update(expect=[]), "tests.yaml", "test-failed"),
    (lambda c: c["tests"]["form"][0]["values"].update(shoe_size="42"), "tests.yaml", "unknown-field"),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "file", "code"), MISTAKES)
def test_each_mistake_is_found(mistake: Callable[[Content], Any], file: str, code: str) -> None:
    found = check_content(changed(mistake))
    assert (file, code) in {(one.file, one.code) for one in found}, found
    assert all(one.message and "%(" not in one.message for one in found)


@pytest.mark.parametrize("mistake", [ask_for_the_name, ask_for_the_licence])
def test_asking_for_what_government_has_cites_the_rule(mistake: Callable[[Content], Any]) -> None:
    assert "L21" in {problem.rule for problem in check_content(changed(mistake))}


class Engine:
    def actions(self, procedure: str) -> frozenset[str]:
        if procedure != "licensing":
            raise LookupError(procedure)
        return frozenset(a for step in food()["guide"]["steps"] for a in step.get("actions", ()))

    def clocks(self, procedure: str) -> frozenset[str]:
        return frozenset({"decide", "deliver", "supply"})


@pytest.mark.parametrize(
    ("mistake", "code"),
    [
        (lambda c: c["procedure"].update(actions={"bribe": {"off": True}}), "unknown-action"),
        (lambda c: c["guide"]["steps"][0]["actions"].append("wait"), "unknown-action"),
        (lambda c: c["procedure"]["clocks"].update(dither={"rule": "L7"}), "unknown-clock"),
        (lambda c: c["procedure"].update(procedure="sorcery"), "unknown-procedure"),
    ],
)
def test_what_the_case_engine_does_not_know(mistake: Callable[[Content], Any], code: str) -> None:
    before = ports._adapters.get(Procedures)
    ports.register(Procedures, Engine())  # type: ignore[type-abstract]
    try:
        assert check_content(food()) == []
        assert code in {one.code for one in check_content(changed(mistake))}
    finally:
        if before is None:
            del ports._adapters[Procedures]
        else:
            ports._adapters[Procedures] = before


def test_a_folder_must_hold_exactly_a_package(tmp_path: Path) -> None:
    folder = write(tmp_path, food())
    assert check(folder) == []
    (folder / "run.py").write_text("print('hello')")
    (folder / "link.yaml").symlink_to("/etc/hostname")
    (folder / "guide.yaml").unlink()
    (folder / "templates").mkdir()
    (folder / "templates" / "x.sh").write_text("")
    (folder / "form.yaml").write_text("pages: *x")
    found = {p.file for p in check(folder)}
    assert found == {"run.py", "link.yaml", "guide.yaml", "templates/x.sh", "form.yaml"}
    assert [one.code for one in check(tmp_path / "nowhere")] == ["not-a-folder"]
    with pytest.raises(NotFit):
        load(folder)


def test_the_folder_carries_the_packages_name(tmp_path: Path) -> None:
    assert [one.code for one in check(write(tmp_path, food(), code="other-name"))] == ["folder-name"]


def test_templates_count_in_the_hash_and_readme_does_not(tmp_path: Path) -> None:
    folder = write(tmp_path, food())
    plain = load(folder)
    (folder / "README.md").write_text("words")
    assert load(folder).hash == plain.hash
    (folder / "templates").mkdir()
    (folder / "templates" / "decision.typ").write_text("#let x = 1")
    assert load(folder).hash != plain.hash
    assert load(folder).templates == {"decision.typ": "#let x = 1"}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside content."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, item in inner for p in places(item, (*path, key)))]


CONTENT = food()
PLACES = [p for p in places(CONTENT) if p]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), st.sampled_from([None, 0, True, "", "x", [], {}, [["x"]], {"x": "y"}, "delete"]))
def test_no_damage_anywhere_makes_the_check_fall_over(place: tuple[Any, ...], damage: Any) -> None:
    content = copy.deepcopy(CONTENT)
    holder = content
    for key in place[:-1]:
        holder = holder[key]
    if damage == "delete":
        del holder[place[-1]]
    else:
        holder[place[-1]] = damage
    missing = {"package", "form", "materials", "guide", "procedure", "tests"} - set(content)
    if not missing:
        check_content(content)


def test_the_folder_of_the_project_is_what_was_read() -> None:
    assert load(FOOD).code == "food-business-licence"
