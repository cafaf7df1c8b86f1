from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.notices import texts

FILE = """
- code: t.due
  version: {version}
  params: {{item: words, no: code, on: date, at: moment, left: number, who: id}}
  title: {{zh-Hans: "{title}", en: "About {{item}}"}}
  body:
    zh-Hans: "“{{item}}”（{{no}}）{{on}}前，{{at}}，剩{{left}}天"
    en: "{{item}} ({{no}}) by {{on}}, {{at}}, {{left}} days"
"""
PARAMS = {
    "item": "食品经营许可（新办）", "no": "MC2611210004", "on": date(2026, 12, 4), "left": 3, "who": uuid4(),
    "at": datetime(2026, 12, 4, 1, 30, tzinfo=UTC),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_register(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_templates", dict(texts._templates))
    monkeypatch.setattr(texts, "_latest", dict(texts._latest))


def register(folder: Path, text: str = "", *, version: int = 1, title: str = "关于{item}") -> None:
    file = folder / "templates.yaml"
    file.write_text(text or FILE.format(version=version, title=title), encoding="utf-8")
    texts.register_templates(file)


def test_a_notice_reads_in_both_languages_with_local_dates(tmp_path: Path) -> None:
    register(tmp_path)
    stored = texts.checked(texts.latest("t.due"), PARAMS)
    with override("zh-hans"):
        words = texts.words("t.due", 1, stored)
    assert words.title == "关于食品经营许可（新办）"
    assert words.body == "“食品经营许可（新办）”（MC2611210004）2026年12月4日前，2026年12月4日 09:30，剩3天"
    with override("en"):
        assert texts.words("t.due", 1, stored).body.endswith("by 4 December 2026, 4 December 2026, 09:30, 3 days")


def test_a_name_in_several_languages_is_shown_in_the_readers(tmp_path: Path) -> None:
    register(tmp_path)
    item = {"zh-Hans": "食品经营许可（新办）", "en": "Food business licence (new)"}
    stored = texts.checked(texts.latest("t.due"), {**PARAMS, "item": item})
    assert stored["item"] == item
    with override("zh-hans"):
        assert texts.words("t.due", 1, stored).title == "关于食品经营许可（新办）"
    with override("en"):
        assert "Food business licence (new)" in texts.words("t.due", 1, stored).body
    only_chinese = texts.checked(texts.latest("t.due"), {**PARAMS, "item": {"zh-Hans": "建筑许可"}})
    assert only_chinese["item"] == {"zh-Hans": "建筑许可", "en": "建筑许可"}
    for wrong in ({"en": "Licence"}, {"zh-Hans": "长" * 101}):
        with pytest.raises(texts.BadParam):
            texts.checked(texts.latest("t.due"), {**PARAMS, "item": wrong})


def test_an_old_notice_keeps_its_words_when_the_template_changes(tmp_path: Path) -> None:
    register(tmp_path)
    register(tmp_path, version=2, title="新说法")
    stored = texts.checked(texts.latest("t.due"), PARAMS)
    with override("zh-hans"):
        assert texts.words("t.due", texts.latest("t.due").version, stored).title == "新说法"
        assert texts.words("t.due", 1, stored).title == "关于食品经营许可（新办）"
    with pytest.raises(texts.BadTemplate, match="raise the version"):
        register(tmp_path, version=2, title="又一个说法")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "list"),
        ("- {code: a}", "needs code"),
        ("- {code: a, version: 1, title: {zh-Hans: 一}, body: {zh-Hans: 一, en: one}}", "no en"),
        ("- {code: a, version: 1, title: {zh-Hans: 一, en: one}, body: {zh-Hans: '{x}', en: one}}", "does not list"),
        ("- {code: a, version: 1, params: {x: name}, title: {zh-Hans: 一, en: o}, body: {zh-Hans: 一, en: o}}", "kind"),
    ],
)
def test_a_wrong_file_is_refused_whole(tmp_path: Path, text: str, message: str) -> None:
    before = texts.all_templates()
    with pytest.raises(texts.BadTemplate, match=message):
        register(tmp_path, FILE.format(version=1, title="好") + text.replace("{}", "{}\n") if text != "{}" else text)
    assert texts.all_templates() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("item", "手机 13800000000"),
        ("item", "99010119900307663X"),
        ("item", "长" * 101),
        ("item", "a\x00b"),
        ("no", "张三 李四"),
        ("no", "a" * 65),
        ("on", "not a date"),
        ("at", datetime(2026, 12, 4)),
        ("left", "3"),
        ("left", True),
        ("left", 13800000000),
        ("who", "somebody"),
    ],
)
def test_what_does_not_belong_in_a_notice_is_refused(tmp_path: Path, name: str, value: object) -> None:
    register(tmp_path)
    with pytest.raises(texts.BadParam):
        texts.checked(texts.latest("t.due"), {**PARAMS, name: value})


def test_params_are_exactly_those_declared(tmp_path: Path) -> None:
    register(tmp_path)
    with pytest.raises(texts.BadParam):
        texts.checked(texts.latest("t.due"), {**PARAMS, "phone": "x"})
    with pytest.raises(texts.BadParam):
        texts.checked(texts.latest("t.due"), {})
    with pytest.raises(texts.UnknownTemplate):
        texts.latest("nobody.wrote_it")


@given(st.text(max_size=120))
def test_no_value_is_read_as_a_template(value: str) -> None:
    made = texts.Template("x", 1, {"item": "words"}, {}, {}, {})
    try:
        stored = texts.checked(made, {"item": value})
    except texts.BadParam:
        return
    assert texts._filled("[{item}]", made, stored, "zh-Hans") == f"[{stored['item']}]"


def test_every_shipped_template_reads_well_in_both_languages_and_fits_a_phone() -> None:
    shipped = texts.all_templates()
    assert {"case_received", "case_supplement", "case_granted", "case_refused"} <= {t.code for t in shipped}
    example = {"words": "食品经营许可（新办）", "code": "MC2611210004", "date": "2026-03-16"}
    for made in shipped:
        stored = texts.checked(made, {name: example[kind] for name, kind in made.params.items()})
        for language in ("zh-hans", "en"):
            with override(language):
                words = texts.words(made.code, made.version, stored)
            assert "{" not in words.title + words.body
        sms = texts.sms(made.code, made.version, stored)
        assert sms.startswith("【")
        assert len(sms) <= 140
