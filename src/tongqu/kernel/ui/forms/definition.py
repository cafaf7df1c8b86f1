"""Walking a form definition: its pages, its fields, its texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.kernel.ui import languages

Definition = Mapping[str, Any]


def all_fields(definition: Definition, page: str | None = None) -> dict[str, Mapping[str, Any]]:
    """Every field by name, in order; of one page if named. Raises KeyError for a page that does not exist."""
    if page is not None and page not in page_ids(definition):
        raise KeyError(page)
    return {
        field["name"]: field
        for each in definition["pages"]
        if page is None or each["id"] == page
        for section in each["sections"]
        for field in section["fields"]
    }


def page_ids(definition: Definition) -> list[str]:
    return [page["id"] for page in definition["pages"]]


def page_titles(definition: Definition, lang: str | None = None) -> list[str]:
    return [text(page["title"], lang) for page in definition["pages"]]


def text(words: Mapping[str, str] | None, lang: str | None = None) -> str:
    """A sentence in the reader's language, else in simplified Chinese."""
    return languages.said(words, lang)


def tag_of(lang: str | None) -> str:
    """A BCP 47 tag as definitions use it, from a Django code or a tag; the language in force when not given."""
    return languages.tag(lang)
