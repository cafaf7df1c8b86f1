"""Sentences are found in Python and in templates; what is missing or broken is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongqu.faces.cli import i18n, main


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(i18n, "SOURCE", tmp_path)
    (tmp_path / "room" / "templates" / "room").mkdir(parents=True)
    (tmp_path / "room" / "a.py").write_text('x = _("还有%(days)d天")\ny = ngettext("%(n)d件", "%(n)d件们", 2)\n')
    (tmp_path / "room" / "templates" / "room" / "p.html").write_text(
        '{% load i18n %}\n    <p>\n      <b>{% translate "提交" %}</b>\n   </p>\n  (\n'
    )
    return tmp_path


def test_sentences_are_gathered_translated_and_compiled(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {key[1] for key in i18n.messages()} == {"还有%(days)d天", "%(n)d件", "提交"}
    assert main.main(["i18n", "check"]) == 1
    assert "提交" in capsys.readouterr().out

    assert main.main(["i18n", "gather"]) == 0
    po = source / "locale" / "en" / "LC_MESSAGES" / "django.po"
    text = po.read_text()
    text = text.replace('msgid "提交"\nmsgstr ""', 'msgid "提交"\nmsgstr "Submit"')
    text = text.replace('msgid "还有%(days)d天"\nmsgstr ""', 'msgid "还有%(days)d天"\nmsgstr "%(day)d days left"')
    text = text.replace('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "one case"\nmsgstr[1] "%(n)d cases"')
    po.write_text(text)
    main.main(["i18n", "compile"])
    assert main.main(["i18n", "check"]) == 1
    said = capsys.readouterr().out
    assert "placeholders differ: 还有%(days)d天" in said and "件" not in said.split("placeholders")[0]

    po.write_text(po.read_text().replace("%(day)d", "%(days)d"))
    assert main.main(["i18n", "check"]) == 1, "the compiled file is now stale"
    main.main(["i18n", "compile"])
    assert main.main(["i18n", "check"]) == 0


def test_gathering_again_keeps_translations_and_drops_the_unused(source: Path) -> None:
    main.main(["i18n", "gather"])
    po = source / "locale" / "en" / "LC_MESSAGES" / "django.po"
    po.write_text(po.read_text().replace('msgid "提交"\nmsgstr ""', 'msgid "提交"\nmsgstr "Submit"'))
    (source / "room" / "a.py").write_text('x = _("新句子")\n')
    main.main(["i18n", "gather"])
    text = po.read_text()
    assert "Submit" in text and "新句子" in text and "还有" not in text
