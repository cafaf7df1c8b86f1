"""What holds for every case: the pure question "what may be done now", procedures as data, numbers."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation.feel.values import Unknown
from tongqu.foundation.identifiers import mod_11_10_check
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import ANONYMOUS, TWO_FACTOR
from tongqu.kernel.cases import guards, numbers, procedure, rules
from tongqu.kernel.cases.definition import LicenceNumber
from tongqu.kernel.cases.facts import Check, PlainFacts, Who
from tongqu.kernel.cases.models import NumberSeries
from tongqu.kernel.cases.procedure import Action, Procedure, ProcedureError
from tongqu.kernel.cases.tests.world import TENANT

PROCEDURE = procedure.latest("licensing")
TEXT = (Path(procedure.__file__).parent / "procedures" / "licensing.yaml").read_text("utf-8")
PEOPLE = [uuid7() for _ in range(3)]

people = st.frozensets(st.sampled_from(PEOPLE))
checks = st.none() | st.builds(
    Check,
    state=st.sampled_from(["assigned", "recorded", "signed"]),
    conclusion=st.sampled_from(["", "passed", "failed"]),
    rectification=st.sampled_from(["", "ordered", "passed", "failed"]),
    unsigned=people,
    officers=people,
)
materials = st.lists(st.sampled_from(["layout", "flow", "letter"]), unique=True).map(tuple)
facts = st.builds(
    PlainFacts,
    state=st.sampled_from(sorted(PROCEDURE.states)),
    tally=st.dictionaries(st.sampled_from(sorted(PROCEDURE.actions)), st.integers(0, 3)),
    form_errors=st.dictionaries(st.just("area"), st.just("请填写这一项")),
    missing_materials=materials,
    unmet_demands=materials,
    applicant_changed=st.booleans(),
    check_called_for=st.booleans(),
    check=checks,
    opinion_by=people,
    ban=st.none() | st.just("L20.fraud"),
    run_out=st.dictionaries(st.sampled_from(["decide", "notice"]), st.just("FB2")),
    standing_fault=st.none() | st.just(("登记状态不正常", "L1")),
)
places = sorted({by for action in PROCEDURE.actions.values() for by in action.by})
whos = st.builds(
    Who,
    relations=st.frozensets(st.sampled_from(["applicant", "officer", "system"])),
    verbs=st.frozensets(st.sampled_from([p for p in places if "." in p])),
    account_id=st.sampled_from(PEOPLE),
    login_strength=st.integers(ANONYMOUS, TWO_FACTOR),
    involved=st.booleans(),
)
actions = st.sampled_from(list(PROCEDURE.actions.values()))


@given(facts, whos)
def test_nothing_is_offered_that_the_procedure_does_not_declare(known: PlainFacts, who: Who) -> None:
    for offer in rules.offers(PROCEDURE, known, who):
        assert known.state in offer.action.from_
        assert not (who.relations | who.verbs).isdisjoint(offer.action.by)
        assert not who.involved or "applicant" in offer.action.by
        assert offer.blockers == rules.blockers(offer.action, known, who), "asked to act, it says the same"


@given(facts, whos, actions)
def test_an_action_is_never_open_in_another_state(known: PlainFacts, who: Who, action: Action) -> None:
    if known.state not in action.from_:
        assert [b.code for b in rules.blockers(action, known, who)] == ["wrong-state"]


@given(facts, whos, actions, st.sampled_from(["layout", "plan"]))
def test_one_more_missing_material_opens_nothing(known: PlainFacts, who: Who, action: Action, code: str) -> None:
    worse = replace(known, missing_materials=(*known.missing_materials, code))
    assert set(rules.blockers(action, known, who)) <= set(rules.blockers(action, worse, who))


@given(facts, whos, actions)
def test_a_fault_more_opens_nothing(known: PlainFacts, who: Who, action: Action) -> None:
    """Errors, a ban, a lost standing, a time run out, one more time that an act was taken."""
    tally = {**known.tally, action.code: known.tally.get(action.code, 0) + 1}
    worse = replace(
        known, form_errors={**known.form_errors, "kind": "?"}, ban="L20.fraud", standing_fault=("?", "L1"),
        run_out={"decide": "FB2"},
    )  # fmt: skip
    if action.code != "request_supplement":
        worse = replace(worse, tally=tally)
    before, after = ({b.code for b in rules.blockers(action, f, who)} for f in (known, worse))
    if action.code != "remind_supplement":
        assert before <= after


@given(facts, whos, actions)
def test_a_stronger_login_closes_nothing(known: PlainFacts, who: Who, action: Action) -> None:
    strong = rules.blockers(action, known, replace(who, login_strength=TWO_FACTOR))
    assert set(strong) <= set(rules.blockers(action, known, who))


@given(facts, st.sampled_from(PEOPLE))
def test_nobody_decides_on_an_opinion_that_is_only_his_own(known: PlainFacts, person: Any) -> None:
    who = Who(frozenset(), frozenset(places), person, TWO_FACTOR)
    own = replace(known, state="under_review", opinion_by=frozenset({person}))
    for code in ("grant", "refuse"):
        assert "own-opinion" in {b.code for b in rules.blockers(PROCEDURE.actions[code], own, who)}


# --- procedures as data -----------------------------------------------------------------------------------------------

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=6,
)


def _paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        found += _paths(value, (*at, key))
    return found


RAW = yaml.safe_load(TEXT)
PATHS = _paths(RAW)


@given(
    st.sampled_from(PATHS), st.sampled_from(["drop", "replace", "rename", "add", "swap"]), junk, st.sampled_from(PATHS)
)
@settings(max_examples=300)
def test_a_damaged_procedure_is_refused_in_plain_words(
    path: tuple[Any, ...], how: str, value: Any, other: tuple[Any, ...]
) -> None:
    raw = copy.deepcopy(RAW)
    place = _at(raw, path[:-1])
    if how == "drop":
        del place[path[-1]]
    elif how == "rename" and isinstance(place, dict):
        place[value if _hashable(value) else "renamed"] = place.pop(path[-1])
    elif how == "add" and isinstance(place, dict):
        place["another"] = value
    elif how == "swap":
        place[path[-1]] = copy.deepcopy(_at(RAW, other))
    else:
        place[path[-1]] = value
    try:
        found = procedure.parse(raw, where="damaged.yaml")
    except ProcedureError as error:
        assert str(error).startswith("damaged.yaml")
    else:
        _is_sound(found)


@given(junk)
def test_anything_at_all_is_refused(value: Any) -> None:
    with pytest.raises(ProcedureError):
        procedure.parse(value, where="junk.yaml")


@given(st.integers(0, len(TEXT)), st.text(max_size=12))
@settings(max_examples=60)
def test_damaged_text_is_refused_or_sound(at: int, piece: str) -> None:
    try:
        found = procedure.read(TEXT[:at] + piece + TEXT[at + len(piece) :], where="damaged.yaml")
    except ProcedureError as error:
        assert str(error).startswith("damaged.yaml")
    else:
        _is_sound(found)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "needs: [form_complete, materials_complete, confirmed_at_counter, renewal_open]",
            "needs: [form_complete, moon_is_full]",
            "moon_is_full",
        ),
        ("when: 'check.state = \"signed\"'", "when: check.state =", "sign_check stops check"),
        ("    to: withdrawn\n", "    to: nowhere\n", "nowhere"),
        ("    to: withdrawn\n", "    to: [{when: check_called_for, to: nowhere}, {to: withdrawn}]\n", "nowhere"),
        ("    to: withdrawn\n", "    to: [{when: check_called_for, to: withdrawn}]\n", "to"),
        (
            "    to: withdrawn\n",
            "    to: [{when: check_called_for, to: withdrawn}, {when: ban = null, to: same}]\n",
            "the last",
        ),
        ("    to: withdrawn\n", "    to: [{to: withdrawn}, {to: same}]\n", "only the last"),
        ("    to: withdrawn\n", "    to: [{when: moon_is_full, to: withdrawn}, {to: same}]\n", "moon_is_full"),
        ("    to: withdrawn\n", "    to: [{when: count(done), to: withdrawn}, {to: same}]\n", "true or false"),
        (
            "    to: withdrawn\n",
            "    to: [{when: 'hearing > 1', to: withdrawn}, {to: same}]\n",
            "withdraw goes to withdrawn",
        ),
        ("rule: $notice", "rule: $unbound", "unbound"),
        ("  deem_accepted:\n    name", "  deem_done:\n    name", "deem_done"),
        ("options_from: refuse", "options_from: 7", "options_from"),
        ("widget: textarea", "widget: hologram", "hologram"),
    ],
)
def test_what_nobody_could_carry_out_is_told(old: str, new: str, told: str) -> None:
    assert old in TEXT
    with pytest.raises(ProcedureError, match=told):
        procedure.read(TEXT.replace(old, new), where="wrong.yaml")


def test_where_an_action_leads_may_hang_on_conditions_and_tables() -> None:
    """The first condition that is true decides; one that is unknown is not; the last way takes what is left."""
    ways = """    to:
      - {when: 'get value(decided, "way") = "simple"', to: approved}
      - {when: check_called_for, to: under_review}
      - {to: same}
"""
    found = procedure.read(TEXT.replace("    to: accepted\n    rule: L1", f"{ways}    rule: L1", 1), where="ways.yaml")
    accept = found.actions["accept"]
    assert accept.targets == {"approved", "under_review", "received"}

    def leads(**known: Any) -> str:
        facts = PlainFacts("received", **known)
        return accept.target("received", lambda text: guards.holds(text, facts, Who(frozenset(), frozenset())))

    assert leads(decided={"way": "simple"}, check_called_for=True) == "approved"
    assert leads(decided={"way": Unknown(frozenset(["area"]))}, check_called_for=True) == "under_review"
    assert leads(decided={"way": "full"}) == leads() == "received"


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _is_sound(found: Procedure) -> None:
    """Whatever is taken can be asked: every offer in every state is worked out without a traceback."""
    who = Who(frozenset({"applicant", "officer", "system"}), frozenset(places), PEOPLE[0], TWO_FACTOR)
    for state in found.states:
        rules.offers(found, PlainFacts(state=state), who)
        found.stage_of(state)


# --- numbers ----------------------------------------------------------------------------------------------------------


@given(st.integers(1, 999_999), st.from_regex(r"[1-9][0-9]{5}", fullmatch=True), st.sampled_from(["1", "2", "3"]))
def test_a_licence_number_ends_in_its_check_digit(serial: int, county: str, kind: str) -> None:
    made = LicenceNumber("JY", kind, 6, 6, "mod_11_10").make(county + "000000", serial)
    digits = made.removeprefix("JY")
    assert len(digits) == 14 and digits[0] == kind and digits[1:7] == county and int(digits[7:13]) == serial
    assert digits[-1] == mod_11_10_check(digits[:-1])


@given(serial=st.integers(1, 10**6 - 1), other=st.integers(1, 10**6 - 1))
def test_different_serials_never_share_a_number(serial: int, other: int) -> None:
    spec = LicenceNumber("JY", "2", 6, 6, "mod_11_10")
    assert (spec.make("990102", serial) == spec.make("990102", other)) == (serial == other)


def test_a_series_with_no_number_left_says_so() -> None:
    with pytest.raises(ValueError, match="used up"):
        LicenceNumber("JY", "2", 6, 6, "mod_11_10").make("990102", 10**6)


@pytest.mark.django_db
def test_numbers_of_a_series_have_no_gaps_and_series_do_not_mix() -> None:
    assert [numbers.take(TENANT, "a") for _ in range(5)] == [1, 2, 3, 4, 5]
    assert numbers.take(TENANT, "b") == 1
    assert numbers.take(uuid7(), "a") == 1
    on = date(2026, 3, 2)
    assert numbers.case_and_receipt(TENANT, region_code="990102000000", on=on)[0] == "9901022026030200001"
    NumberSeries.objects.filter(series="case:99010220260302#").update(next_no=100_000)
    case_no, receipt_no = numbers.case_and_receipt(TENANT, region_code="990102000000", on=on)
    assert case_no == "99010220260302100000" and receipt_no == f"SJ{case_no}", "a sixth digit rather than a second use"
