"""Which language a reader gets: language maps ({zh-Hans, en, …}) and sentences built in Chinese.

简体 is what definitions are written in; English stands beside it; 繁體 is made from the 简体 (`foundation/hant.py`)
unless the map gives `zh-Hant` itself. A map that says the same in Chinese and in English holds what somebody entered (a
name, a note): nobody translated it, and it is not converted either.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language

from tongqu.foundation import hant

SOURCE, TRADITIONAL, ENGLISH = "zh-Hans", "zh-Hant", "en"
_TAGS = {
    **dict.fromkeys(("zh", "zh-cn", "zh-hans"), SOURCE),
    **dict.fromkeys(("zh-hant", "zh-hk", "zh-mo", "zh-tw"), TRADITIONAL),
}


def tag(language: str | None = None) -> str:
    """The BCP 47 tag as definitions use it, of a Django code or a tag; of the language in force when not given."""
    code = (language or get_language() or SOURCE).lower()
    return _TAGS.get(code, ENGLISH if code.startswith("en") else language or SOURCE)


def english() -> bool:
    return tag() == ENGLISH


def said(words: Mapping[str, str] | None, language: str | None = None) -> str:
    """A language map in the reader's language (or `language`), else in simplified Chinese; "" for none."""
    if not words:
        return ""
    wanted = tag(language)
    if given := words.get(wanted) or words.get(wanted.split("-")[0]):
        return given
    source = words.get(SOURCE, "")
    as_entered = words.get(ENGLISH) == source
    return hant.traditional(source) if wanted == TRADITIONAL and not as_entered else source


def ours(sentence: str) -> str:
    """A sentence of the house, built in simplified Chinese and holding nothing that anybody entered, for the reader."""
    return hant.traditional(sentence) if tag() == TRADITIONAL else sentence
