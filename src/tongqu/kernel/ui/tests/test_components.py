"""Each component is drawn, and nothing a person typed becomes markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django import forms as django_forms
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory

from tongqu.kernel import ui
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.paging import Page
from tongqu.kernel.ui.due import due
from tongqu.kernel.ui.templatetags.ui import render_tag

EVIL = '<script>alert("1")</script>\'&'
ROOM = Path(ui.__file__).parent
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def draw(markup: str, /, **context) -> str:
    request = RequestFactory().get("/list?tab=todo&after=abc")
    return Template("{% load ui %}" + markup).render(Context({"request": request, "evil": EVIL, **context}))


COMPONENTS = {
    "button": "{% button evil 'primary' name=evil value=evil describes=evil %}",
    "link_button": "{% link_button evil evil describes=evil %}",
    "notice": "{% notice 'warning' evil %}{{ evil }}{% endnotice %}",
    "empty_state": "{% empty_state evil %}{{ evil }}{% endempty_state %}",
    "error_summary": "{% error_summary errors evil %}",
    "form_field": "{% form_field 'q' evil value=evil help=evil error=evil unit=evil %}",
    "form_field_textarea": "{% form_field 'q' evil 'textarea' value=evil %}",
    "form_field_choices": "{% form_field 'q' evil 'radio' options=many %}{% form_field 'p' '' 'select' options=many %}",
    "form_field_file": "{% form_field 'q' evil 'file' accept=evil %}",
    "rating": "{% rating legend=evil error=evil %}",
    "facts": "{% facts rows %}",
    "step_progress": "{% step_progress words 1 %}",
    "path_diagram": "{% path_diagram steps evil %}",
    "timeline": "{% timeline entries evil %}",
    "status_tag": "{% status_tag evil 'civic' %}",
    "data_table": "{% data_table columns table_rows evil %}",
    "tabs": "{% tabs items 'x' evil %}",
    "card_list": "{% card_list cards %}",
    "provenance": "{% provenance source %}",
    "masked": "{% masked evil evil evil %}",
    "file_list": "{% file_list files evil %}",
    "why_date": "{% why_date why evil %}",
    "crumbs": "{% crumbs evil evil evil %}",
    "print_header": "{% print_header evil evil %}",
    "flashes": "{% flashes %}",
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_nothing_typed_becomes_markup(name):
    source = {"label": EVIL, "as_of": NOW}
    html = draw(
        COMPONENTS[name],
        errors={"a": EVIL, "": [EVIL]},
        many=[{"value": EVIL, "label": EVIL, "hint": EVIL}],
        rows=[{"label": EVIL, "value": EVIL, "note": EVIL, "action_url": EVIL, "provenance": source}],
        words=[EVIL, EVIL],
        steps=[{"title": EVIL, "text": EVIL, "time": EVIL, "state": "now"}],
        entries=[{"at": NOW, "title": EVIL, "text": EVIL, "by": EVIL, "rule": EVIL, "rule_url": EVIL}],
        columns=[{"label": EVIL}, {"label": EVIL}],
        table_rows=[{"cells": [EVIL, EVIL], "url": EVIL, "level": EVIL}],
        items=[{"key": "x", "label": EVIL, "url": EVIL, "count": EVIL}],
        cards=[{"title": EVIL, "url": EVIL, "text": EVIL, "tag": EVIL, "foot": [EVIL], "icon": EVIL}],
        source=source,
        files=[{"name": EVIL, "url": EVIL, "size": 1, "state": EVIL, "note": EVIL, "remove_url": EVIL}],
        why={"summary": EVIL, "rule": EVIL, "rule_url": EVIL, "days": [{"date": NOW, "counted": False, "text": EVIL}]},
        messages=[type("M", (), {"level_tag": "error", "__str__": lambda self: EVIL})()],
        node={"title": EVIL},
    )  # fmt: skip
    assert "<script" not in html and 'alert("1")' not in html
    assert "&lt;script&gt;" in html


def test_an_icon_is_silent_unless_it_says_something():
    assert 'aria-hidden="true"' in draw("{% icon 'search' %}")
    assert 'role="img" aria-label="搜索"' in draw("{% icon 'search' '搜索' %}")


@pytest.mark.parametrize(
    ("after", "more", "level", "words"),
    [
        (timedelta(days=-2), {}, "over", "超期 2 个自然日"),
        (timedelta(hours=-1), {}, "over", "超期 1 个自然日"),
        (timedelta(hours=5), {}, "today", "今天到期"),
        (timedelta(days=2), {}, "soon", "剩 2 个自然日"),
        (timedelta(days=9), {}, "fine", "剩 9 个自然日"),
        (timedelta(days=9), {"left": 7}, "fine", "剩 7 个工作日"),
        (timedelta(days=-9), {"left": -7}, "over", "超期 7 个工作日"),
        (timedelta(days=9), {"left": 1}, "soon", "剩 1 个工作日"),
        (timedelta(days=9), {"state": "paused"}, "paused", "期限暂停计算"),
        (timedelta(days=-9), {"state": "stopped"}, "done", "已按时办结"),
        (timedelta(days=-9), {"state": "missed"}, "over", "已超过期限"),
    ],
)
def test_due_says_it_in_words_and_shape(after, more, level, words):
    found = due(NOW + after, NOW, **more)
    assert (found.level, found.text) == (level, words)
    assert found.icon


def test_each_urgency_has_its_own_shape():
    days = [-1, 0.1, 1, 9]
    assert len({due(NOW + timedelta(days=n), NOW).icon for n in days}) == len(days)


def test_today_is_by_the_shanghai_calendar():
    evening = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
    assert due(evening + timedelta(hours=1), evening).level == "soon"


def test_dates_are_shown_in_shanghai_time():
    moment = datetime(2026, 11, 19, 18, 5, tzinfo=UTC)
    assert draw("{{ at|day }} {{ at|moment }}", at=moment) == "2026年11月20日 2026年11月20日 02:05"


def test_safe_cells_stay_safe():
    html = draw("{% data_table columns rows %}", columns=[{"label": "a"}], rows=[{"cells": [render_tag("甲")]}])
    assert '<span class="tag">甲</span>' in html


def test_pager_keeps_the_other_parameters():
    html = draw("{% pager page %}", page=Page(rows=[], next="xyz"))
    assert 'href="?tab=todo&amp;after=xyz"' in html and 'href="?tab=todo"' in html


def test_masked_value_is_read_as_words():
    assert "（隐去 8 位）" in draw("{% masked '990102********0018' %}")


def test_rating_posts_five_levels_best_first():
    assert re.findall(r'value="(\d)"', draw("{% rating %}")) == ["5", "4", "3", "2", "1"]


def test_why_date_numbers_the_counted_days_and_marks_the_last():
    days = [{"date": (NOW + timedelta(days=n)).date(), "counted": n != 1, "text": "周末"} for n in range(3)]
    html = draw("{% why_date why %}", why={"days": days})
    assert "第 1 天" in html and "第 2 天" in html and "第 3 天" not in html
    assert html.count("is-due") == 1


def test_a_login_form_is_drawn_like_ours():
    class Login(django_forms.Form):
        name = django_forms.CharField(label="登录名", widget=django_forms.TextInput(attrs={"autocomplete": "username"}))
        password = django_forms.CharField(label="密码", widget=django_forms.PasswordInput)
        remember = django_forms.BooleanField(label="记住我", required=False)
        next = django_forms.CharField(widget=django_forms.HiddenInput)

    html = draw("{% django_form form %}", form=Login({"password": "hunter2", "next": "/x"}))
    assert 'href="#f-name"' in html and 'aria-invalid="true"' in html
    assert 'autocomplete="username"' in html and 'type="password"' in html
    assert "hunter2" not in html
    assert 'type="hidden" name="next"' in html and 'type="checkbox" name="remember"' in html


def test_idempotency_keys_differ():
    keys = {re.search(r'value="([^"]+)"', draw("{% idempotency_key %}")).group(1) for _ in range(5)}
    assert len(keys) == 5


# --- files -----------------------------------------------------------------------------------------------------------


def templates():
    return sorted((ROOM / "templates").rglob("*.html"))


def test_no_template_has_inline_code_or_style():
    for path in templates():
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|javascript:", source), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source)), path


def test_every_icon_named_exists():
    sprite = Path(finders.find("ui/icons.svg")).read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = set()
    for path in templates():
        named |= set(re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8")))
    assert named <= known
    with clock.at(NOW):
        assert {due(NOW + timedelta(days=n), NOW).icon for n in (-1, 0.1, 1, 9)} <= known


def test_what_every_page_loads_is_small():
    static = ROOM / "static" / "ui"
    assert sum((static / name).stat().st_size for name in ("tokens.css", "ui.css")) < 40_000
    assert (static / "tongqu.js").stat().st_size < 7 * 1024
    assert (static / "conditions.js").stat().st_size < 4 * 1024, "only with a form"
    some = {"conditions.js", "decision.css"}  # only with a form, only with a decision table
    assert sum(path.stat().st_size for path in static.iterdir() if path.name not in some) < 58_000


def test_colours_live_in_the_tokens_only():
    source = (ROOM / "static" / "ui" / "ui.css").read_text(encoding="utf-8")
    outside_special_media = re.sub(r"@media (print|\(prefers-contrast).*?\n}", "", source, flags=re.S)
    assert not re.findall(r"#[0-9a-fA-F]{3,6}\b", outside_special_media)
