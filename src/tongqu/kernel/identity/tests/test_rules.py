"""Names, mandates, terms and excluded roles, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.acts.actor import ANONYMOUS, PASSWORD, REAL_NAME, TWO_FACTOR
from tongqu.kernel.directory.rules import duties
from tongqu.kernel.identity import roles, rules

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
moments = st.integers(-1000, 1000).map(lambda hours: NOON + timedelta(hours=hours))
terms = st.tuples(moments, st.none() | moments)


def test_a_sole_trader_has_an_operator_and_no_legal_representative() -> None:
    assert "operator" in rules.mandate_kinds("sole_trader")
    assert "legal_representative" not in rules.mandate_kinds("sole_trader")
    assert rules.head_kind("sole_trader") == "operator"
    assert rules.head_kind("firm") == "legal_representative"
    assert rules.head_kind("branch") == "person_in_charge"
    assert rules.head_kind("person") is None
    assert "operator" not in rules.mandate_kinds("firm")
    assert [kind for kind in rules.PARTY_KINDS if "guardian" in rules.mandate_kinds(kind)] == ["person"]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("陈立秋", "陈立秋"),
        ("  周明远 ", "周明远"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("𬭎䶮㛃", "𬭎䶮㛃"),
        ("\U0003134a", "\U0003134a"),
        ("\U0002ebf0", "\U0002ebf0"),
        ("Mary-Jane O'Neill", "Mary-Jane O'Neill"),
        ("清溪区秋实小馆（个体工商户）", "清溪区秋实小馆（个体工商户）"),
        ("Robert'); DROP TABLE party;--", "Robert'); DROP TABLE party;--"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("名" * 100, "名" * 100),
    ],
)
def test_names_keep_rare_han_and_one_kind_of_dot(text: str, stored: str) -> None:
    assert rules.clean_name(text) == stored


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"), (" \u3000\t", "empty"), ("名" * 101, "too_long"), ("陈\x00秋", "characters"),
        ("陈\u202e秋", "characters"), ("陈\u200b秋", "characters"), ("陈\ue000", "private"), ("···", "characters"),
        ("陈\ud800", "characters"), ("陈\u0007", "characters"),
    ],
)  # fmt: skip
def test_what_is_no_name(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        rules.clean_name(text)


@given(st.text(max_size=120))
def test_cleaning_a_name_twice_changes_nothing(text: str) -> None:
    try:
        once = rules.clean_name(text)
    except ValueError:
        return
    assert rules.clean_name(once) == once
    assert 0 < len(once) <= 100


@pytest.mark.parametrize(
    ("text", "good"),
    [("clerk1", True), ("Chen.Liqiu", True), ("13900000000", False), ("ab", False), ("a b c", False), ("1abc", False),
     ("clerk\u0131", False), ("a" * 41, False)],
)  # fmt: skip
def test_login_names_never_look_like_phone_numbers(text: str, good: bool) -> None:
    if good:
        assert rules.clean_username(text) == text.lower()
    else:
        with pytest.raises(ValueError, match="characters"):
            rules.clean_username(text)


@given(terms, terms)
def test_overlap_is_symmetric_and_means_a_shared_moment(
    a: tuple[datetime, datetime | None], b: tuple[datetime, datetime | None]
) -> None:
    assert rules.overlap(a, b) == rules.overlap(b, a)
    shared = [m for m in (a[0], b[0]) if rules.in_force(*a, m) and rules.in_force(*b, m)]
    assert bool(shared) == rules.overlap(a, b)


@given(terms, terms, st.sampled_from(["system_admin", "security_admin", "audit_admin"]), st.booleans())
def test_two_administrators_clash_exactly_when_their_terms_meet(
    a: tuple[datetime, datetime | None], b: tuple[datetime, datetime | None], other: str, swap: bool
) -> None:
    held = [rules.Held("system_admin", *a), rules.Held(other, *b), rules.Held("head", *a)]
    found = rules.clashing(reversed(held) if swap else held, roles.book().exclusive)
    expected = {"system_admin", other} if other != "system_admin" and rules.overlap(a, b) else set()
    assert found == expected


def test_a_second_factor_does_not_say_who_a_citizen_is() -> None:
    cases = {
        (False, False, False): PASSWORD,
        (False, False, True): PASSWORD,
        (False, True, False): REAL_NAME,
        (False, True, True): TWO_FACTOR,
        (True, False, False): PASSWORD,
        (True, True, False): PASSWORD,
        (True, False, True): TWO_FACTOR,
    }
    for (staff, real, second), expected in cases.items():
        assert rules.strength(staff=staff, real_name=real, second_factor=second) == expected


def test_scopes_of_mandates() -> None:
    assert rules.covers({}, item="food_licence")
    assert rules.covers({}, item=None)
    assert rules.covers({"items": ["food_licence"]}, item="food_licence")
    assert not rules.covers({"items": ["food_licence"]}, item="other")
    assert not rules.covers({"items": ["food_licence"]}, item=None)
    assert not rules.covers({"items": []}, item="food_licence")


# --- roles as data -------------------------------------------------------------------------------------------------

MATRIX = {
    "window_clerk": "cases.receive cases.accept cases.not_accept cases.allow_correction cases.request_supplement "
    "cases.remind_supplement cases.read cases.deliver cases.take",
    "reviewer": "cases.assign_check cases.give_opinion cases.confirm_rectification cases.order_rectification "
    "cases.pause cases.resume cases.read cases.issue cases.take cases.tell_hearing cases.set_hearing "
    "cases.explain_overdue documents.edit_templates",
    "site_officer": "cases.record_check cases.read cases.order_rectification",
    "head": "cases.grant cases.refuse cases.extend cases.read cases.revoke_licence cases.record_hearing "
    "cases.take cases.reassign workbench.share_view documents.publish_template "
    "cases.explain_overdue cases.set_warnings",
    "document_manager": "documents.edit_templates documents.publish_template",
    "archivist": "cases.archive cases.read records.dispose",
    "data_protection": "cases.comply cases.decline cases.approve_erasure cases.read",
    "erasure_officer": "cases.erase cases.read",
    "disclosure_clerk": "cases.handle_disclosure cases.read cases.take cases.deliver cases.explain_overdue",
    "disclosure_head": "cases.answer_disclosure cases.extend_answer cases.read cases.take cases.reassign "
    "cases.explain_overdue",
    "system_admin": "directory.manage identity.manage_accounts packages.publish packages.adopt "
    "law.publish_rules notices.manage jobs.manage cases.set_warnings",
    "security_admin": "identity.grant_roles directory.manage_posts directory.appoint",
    "audit_admin": "audit.read",
}


def test_every_role_gives_exactly_these_verbs() -> None:
    assert {code: set(role.verbs) for code, role in roles.book().by_code.items()} == {
        code: set(verbs.split()) for code, verbs in MATRIX.items()
    }


def test_the_separated_administrators_are_those_the_directory_separates() -> None:
    assert frozenset().union(*roles.book().exclusive) == duties.SEPARATED


def test_login_strength_is_data() -> None:
    assert roles.login_for("identity.grant_roles") == TWO_FACTOR
    assert roles.login_for("cases.accept") == ANONYMOUS


@pytest.mark.parametrize(
    "wrong",
    [
        {"roles": {"x": {"name": {}, "reach": "moon", "verbs": ["a.b"]}}},
        {"roles": {"x": {"name": {}, "reach": "unit", "verbs": []}}},
        {"roles": {"x": {"name": {}, "reach": "unit", "verbs": ["nodot"]}}},
        {"roles": {"x": {"name": {}, "reach": "node", "verbs": ["a.b"]}}, "exclusive": [["x", "y"]]},
        {"roles": {"x": {"name": {}, "reach": "unit", "verbs": ["a.b"]}}, "exclusive": [["x"]]},
        {"roles": {"x": {"name": {}, "reach": "node", "verbs": ["a.b"]}}, "login": {"a.b": "strong"}},
    ],
)
def test_a_roles_file_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(roles.BadRolesFile):
        roles.read(wrong)
