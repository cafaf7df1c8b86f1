"""The public pages: found by anyone, honest about what was checked, no query of their own."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import override

from tongqu.kernel.law import explaining, register, words
from tongqu.kernel.law.pages.why import why_of
from tongqu.kernel.law.rules import CHINA, Pause

pytestmark = pytest.mark.django_db


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def test_all_rules_with_their_marks(client: Client) -> None:
    text = page(client, "/law/rules")
    for rule in register.rules():
        assert (f"/law/rules/{rule.rule_id}" in text) is (rule.part_of is None), rule.rule_id
    for word in ("已核对原文", "部分核对", "待核对", "地方样板", "不超过 20个工作日"):
        assert word in text
    assert "style=" not in text and "<script>" not in text  # the content security policy allows none


@pytest.mark.parametrize(
    ("asked", "found", "left_out"),
    [
        ("听证", "/law/rules/L14", "/law/rules/L7"),
        ("l7", "/law/rules/L7", "/law/rules/L8"),
        ("716号", "/law/rules/L21", "/law/rules/L7"),
        ("hearing", "/law/rules/L14", "/law/rules/L3"),
        ("受理 视为", "/law/rules/L2", "/law/rules/L13"),
        ("45个工作日", "/law/rules/L8", "/law/rules/L7"),
    ],
)
def test_searching(client: Client, asked: str, found: str, left_out: str) -> None:
    text = page(client, f"/law/rules?q={asked}")
    assert f'"{found}"' in text
    assert f'"{left_out}"' not in text


def test_keeping_one_mark(client: Client) -> None:
    text = page(client, "/law/rules?trust=L")
    assert '"/law/rules/G5"' in text and '"/law/rules/L7"' not in text


def test_finding_nothing_says_what_to_do(client: Client) -> None:
    text = page(client, "/law/rules?q=没有这个词")
    assert "没有找到符合条件的规则" in text and "显示全部规则" in text


def test_what_is_searched_for_is_shown_as_text(client: Client) -> None:
    assert "<b>x</b>" not in page(client, "/law/rules?q=<b>x</b>")


def test_one_rule_in_full(client: Client) -> None:
    text = page(client, "/law/rules/L7")
    for word in (
        "《中华人民共和国行政许可法》第42条第1款",
        "不超过 20个工作日",
        "本机关负责人批准",
        "可以延长10个工作日",
        "受理之日",
    ):
        assert word in text
    assert "已核对原文" in text and "算一算" in text


def test_parts_and_the_way_back(client: Client) -> None:
    assert '"/law/rules/L14.hold"' in page(client, "/law/rules/L14")
    assert '"/law/rules/L14"' in page(client, "/law/rules/L14.hold")


@pytest.mark.parametrize("rule_id", [r.rule_id for r in register.rules()])
def test_every_rule_has_its_page(client: Client, rule_id: str) -> None:
    assert rule_id in page(client, f"/law/rules/{rule_id}")


def test_english(client: Client) -> None:
    client.cookies["django_language"] = "en"
    text = page(client, "/law/rules/L7?start=2026-03-02")
    assert "Administrative Licensing Law" in text
    assert "20 working days from the next day end at 24:00 on 30 March 2026" in text


def test_unknown_rules_and_versions(client: Client) -> None:
    page(client, "/law/rules/L99", 404)
    page(client, "/law/rules/L7?version=1999", 404)


def test_working_a_date_out(client: Client) -> None:
    text = page(client, "/law/rules/L7?start=2026-03-02")
    assert "2026年3月2日不计入，从次日起算满20个工作日，到2026年3月30日24时届满。" in text
    assert "周末，不计入" in text and "届满日" in text
    assert "最迟为2026年12月1日24时" in page(client, "/law/rules/L15.apply?start=2026-12-31")


@pytest.mark.parametrize(("start", "said"), [("yesterday", "的样子填写"), ("1850-01-01", "日历的范围")])
def test_a_date_that_cannot_be_used(client: Client, start: str, said: str) -> None:
    assert said in page(client, f"/law/rules/L7?start={start}")


def test_no_query_of_its_own(client: Client, django_assert_num_queries) -> None:
    page(client, "/law/rules")
    with django_assert_num_queries(0):
        page(client, "/law/rules")
        page(client, "/law/rules/L7?start=2026-03-02")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def test_why_says_the_sentence_first_then_each_day() -> None:
    rule = register.rule("L7")
    pauses = [Pause("pause.hearing", moment("2026-03-05T09:00"), moment("2026-03-06T09:00"))]
    found = explaining.explain(
        rule, moment("2026-03-02"), pauses=pauses, calendar=register.calendar(),
        ground_names={"pause.hearing": {"zh-Hans": "依法举行听证", "en": "hearing"}},
    )  # fmt: skip
    with override("zh-hans"):
        text = render_to_string("law/why.html", {"why": why_of(found, rule=rule)})
    assert text.index("从次日起算满20个工作日") < text.index("<table")
    assert text.count("<tr") == len(found.days) + 1
    assert text.count('scope="row"') == len(found.days)
    assert "依法举行听证期间，不计入" in text
    with override("en"):
        text = render_to_string("law/why.html", {"why": why_of(found, rule=rule)})
    assert "hearing, not counted" in text and "Left out: 8 weekend days, 2 paused days." in text


def test_a_long_period_is_shown_in_stretches() -> None:
    rule = register.rule("RM2")
    found = explaining.explain(rule, moment("2026-04-01"), calendar=register.calendar())
    shown = why_of(found, rule=rule)
    assert len(found.days) > 180 and len(shown.rows) < 12
    assert shown.rows[1].number == "1–182"
    assert shown.rows[-1].is_due and shown.rows[-1].last == shown.last_day


@pytest.mark.parametrize(
    ("cited", "english"),
    [
        ("第42条第1款", "Article 42(1)"),
        ("第69条第1款第3项", "Article 69(1), item 3"),
        ("第29条至第44条", "Articles 29–44"),
        ("第8条、第9条", "Articles 8, 9"),
        ("第22至23条、第34条第2款", "Articles 22–23, 34(2)"),
        ("第三章", "第三章"),
        ("", ""),
    ],
)
def test_an_article_is_cited_in_the_readers_language(cited: str, english: str) -> None:
    with override("en"):
        assert words.article(cited) == english
    with override("zh-hans"):
        assert words.article(cited) == cited


def test_hours_are_worked_out_from_a_moment(client: Client) -> None:
    text = page(client, "/law/rules/N6.others?start=2026-02-16 22:30")
    assert "从2026年2月16日22:30起算4小时，到2026年2月17日02:30为止" in text
    assert "起算：发现网络安全事件之时，2026年2月16日 22:30" in text


def test_an_event_of_an_earlier_law_is_shown_under_that_law(client: Client) -> None:
    """Articles are renumbered; what was done under the old text is cited by the old number."""
    old, new = register.cited("N1@网络安全法-2016"), register.cited("N1@网络安全法-2025")
    assert old and new and (old.article, new.article) == ("第21条", "第23条")
    assert register.cited("N1") == new == register.cited("N1@网络安全法-1999")
    reference = render_to_string_of("N1@网络安全法-2016")
    assert "第21条" in reference and "version=" in reference and "第23条" not in reference
    assert "version=" not in render_to_string_of("N1@网络安全法-2025")
    assert "第21条" in page(client, reference.split('href="')[1].split('"')[0].replace("&amp;", "&"))


def render_to_string_of(cite: str) -> str:
    return Template("{% load law %}{% rule_ref cite %}").render(Context({"cite": cite}))


@pytest.mark.parametrize("asked", ["安阳", "河南省", "凭记忆"])
def test_place_and_what_was_not_checked_can_be_searched_for(client: Client, asked: str) -> None:
    assert '"/law/rules/' in page(client, f"/law/rules?q={asked}")


def test_one_day_ends_and_two_end(client: Client) -> None:
    client.cookies["django_language"] = "en"
    one, two = (page(client, f"/law/rules/{rule}?start=2026-03-02") for rule in ("S13.unconditional", "S8.publish"))
    assert "1 working day from the next day ends at 24:00 on 3 March 2026" in one
    assert "2 working days from the next day end at 24:00 on 4 March 2026" in two
