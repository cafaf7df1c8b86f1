"""`tongqu i18n check|gather|compile`: the words of every room, gathered from Python and templates into one catalogue.

The source language is 简体中文: a sentence in the code is its own msgid. `locale/en/LC_MESSAGES/django.po` holds the
English. `locale/zh_Hant` is made anew by each `gather` (foundation/hant.py): mend `foundation/hant.yaml`, never that
file. Needs Babel (a development dependency); the compiled .mo files are committed, so that nothing needs it to run.
"""

from __future__ import annotations

import argparse
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from gettext import GNUTranslations
from pathlib import Path
from tokenize import TokenError
from typing import Any

from tongqu.faces.cli.trouble import Trouble
from tongqu.foundation import hant

SOURCE = Path(__file__).resolve().parents[2]
TRANSLATED, MADE = "en", "zh_Hant"
LANGUAGES = (TRANSLATED, MADE)
_KEYWORDS: dict[str, Any] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2),
    "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
_PLACEHOLDER = re.compile(r"%\(\w+\)[-#0 +]*\d*(?:\.\d+)?[a-z]|%[sd]|\{\w*\}")
_IDENTIFIER = re.compile(r"[a-z_]+")
_HEADERS = {
    TRANSLATED: "# 通衢 Tongqu: the English of every room. `tq i18n gather` renews it; edit the msgstr lines only.",
    MADE: "# 通衢 Tongqu: 繁體, made by `tq i18n gather`. Do not edit: mend foundation/hant.yaml and gather again.",
}
_STARTED = datetime(2026, 11, 1, tzinfo=UTC)  # a date of our own, so that gathering twice gives the same file


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["check", "gather", "compile"])


def run(options: argparse.Namespace) -> int:
    try:
        import babel  # noqa: F401
    except ImportError:
        raise Trouble("缺少 Babel：Babel is missing", "./tq test 会安装开发依赖 installs it") from None
    return {"check": _check, "gather": _gather, "compile": _compile}[options.what]()


def _check() -> int:
    found = problems()
    print("\n".join(found[:60]) or f"译文完整 complete: {len(messages())}")
    if len(found) > 60:
        print(f"… {len(found) - 60} more")
    return 1 if found else 0


def problems() -> list[str]:
    """What is missing: untranslated or stale sentences, broken placeholders, .mo files that differ from their .po."""
    found: list[str] = []
    wanted = set(messages())
    for language in LANGUAGES:
        catalogue = _read(language)
        have = {_key(m): m for m in catalogue if m.id}
        found += [f"{language}: 未收录 not gathered: {key[1]}" for key in sorted(wanted - have.keys(), key=str)]
        found += [f"{language}: 多余 no longer used: {key[1]}" for key in sorted(have.keys() - wanted, key=str)]
        for key in sorted(wanted & have.keys(), key=str):
            found += [f"{language}: {trouble}: {key[1]}" for trouble in _faults(have[key])]
        compiled = _mo(language).read_bytes() if _mo(language).exists() else b""
        if not compiled or _sentences_in(compiled) != _sentences_in(_compiled(catalogue)):
            found.append(f"{language}: .mo 已过时 is stale (./tq i18n compile)")
    stale = [m for m in _read(MADE) if m.id and m.string != _traditional(m.id)]
    found += [f"{MADE}: 与简体不一致 differs from the 简体 (./tq i18n gather): {_key(m)[1]}" for m in stale]
    return found + [f"{MADE}: 未审校 not reviewed (foundation/hant.yaml): {what}" for what in unreviewed()]


def unreviewed() -> list[str]:
    """Where a character that stands for several was converted and nobody has decided how."""
    texts = {text for key in messages() for text in key[1:] if text} | set(_definitions())
    return sorted({f"…{around}… → {made}" for text in texts for around, made in hant.unreviewed(text)})


def _definitions() -> Iterator[str]:
    """The 简体 of every language map in the data files of the rooms and in the packages."""
    import yaml

    for root in (SOURCE, SOURCE.parents[1] / "packages"):
        for path in sorted(root.rglob("*.yaml")):
            if "/tests/" not in path.as_posix() and path.name != "hant.yaml":
                yield from _chinese(yaml.safe_load(path.read_text(encoding="utf-8")))


def _chinese(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(text := node.get("zh-Hans"), str) and "zh-Hant" not in node:
            yield text
        for inner in node.values():
            yield from _chinese(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _chinese(inner)


def _traditional(ids: Any) -> Any:
    if isinstance(ids, tuple | list):
        return tuple(hant.traditional(one) for one in ids[:1])  # Chinese has one form for any number
    return hant.traditional(ids)


def _gather() -> int:
    """Bring each .po up to date: new sentences are added empty, unused ones dropped, translations kept."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    found = messages()
    for language in LANGUAGES:
        old = {_key(m): m.string for m in _read(language) if m.id}
        new = Catalog(
            locale=language, project="tongqu", version="1", header_comment=_HEADERS[language], fuzzy=False,
            creation_date=_STARTED, revision_date=_STARTED, last_translator="tongqu", language_team="tongqu",
            msgid_bugs_address="tongqu",
        )  # fmt: skip
        for key, places in sorted(found.items(), key=lambda pair: pair[1]):
            context, singular, plural = key
            ids = (singular, plural) if plural else singular
            text = _traditional(ids) if language == MADE else old.get(key)
            new.add(ids, text, context=context, locations=places[:1])
        _po(language).parent.mkdir(parents=True, exist_ok=True)
        with _po(language).open("wb") as out:
            write_po(out, new, width=0, omit_header=False, include_lineno=False, sort_by_file=False)
        empty = sum(1 for m in new if m.id and not _texts(m))
        print(f"{language}: {len(found)} 句 sentences, {empty} 待译 to translate")
    return 0


def _compile() -> int:
    for language in LANGUAGES:
        _mo(language).write_bytes(_compiled(_read(language)))
        print(f"{language}: {_mo(language).relative_to(SOURCE)}")
    return 0


Key = tuple[str | None, str, str | None]  # context, sentence, plural


def messages() -> dict[Key, list[tuple[str, int]]]:
    """Every sentence marked for translation in the rooms, with the places it stands at."""
    found: dict[Key, list[tuple[str, int]]] = {}
    for path in sorted(SOURCE.rglob("*")):
        inside = path.relative_to(SOURCE).as_posix()
        if "/tests/" in f"/{inside}" or "/migrations/" in inside or inside.startswith("locale/"):
            continue
        if path.suffix == ".py" or (path.suffix in {".html", ".txt", ".svg"} and "/templates/" in inside):
            for line, key in _sentences(path):
                found.setdefault(key, []).append((inside, line))
    return found


def _sentences(path: Path) -> Iterator[tuple[int, Key]]:
    from babel.messages.extract import extract
    from django.utils.translation.template import templatize

    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix != ".py":
            # The rest of a template is blanked out as X; its indentation means nothing to Python.
            text = re.sub(r"(?m)^[ \t]+", "", templatize(text, origin=str(path)))
        extracted = list(extract("python", io.BytesIO(text.encode()), _KEYWORDS))
    except (SyntaxError, TokenError) as error:
        raise Trouble(f"读不懂 cannot be read: {path.relative_to(SOURCE)}: {error}") from None
    for line, message, _comments, context in extracted:
        singular, plural = message[:2] if isinstance(message, tuple | list) else (message, None)
        # Methods called `_` (a language map's reader) take keys, not sentences.
        if singular and not _IDENTIFIER.fullmatch(singular):
            yield line, (context, singular, plural)


def _faults(message: Any) -> Iterator[str]:
    texts = _texts(message)
    ids = list(message.id) if isinstance(message.id, tuple | list) else [message.id]
    if not texts or not all(texts):
        yield "未翻译 untranslated"
    elif message.fuzzy:
        yield "未确认 fuzzy"
    else:
        wanted = {name for one in ids for name in _PLACEHOLDER.findall(one)}
        for text in texts:
            if set(_PLACEHOLDER.findall(text)) - wanted or (len(ids) == 1 and wanted - set(_PLACEHOLDER.findall(text))):
                yield "占位符不一致 placeholders differ"
                return


def _texts(message: Any) -> list[str]:
    strings = message.string if isinstance(message.string, tuple | list) else [message.string]
    return [text for text in strings if text]


def _key(message: Any) -> Key:
    singular, plural = message.id if isinstance(message.id, tuple | list) else (message.id, None)
    return message.context, singular, plural


def _read(language: str) -> Any:
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    if not _po(language).exists():
        return Catalog(locale=language)
    with _po(language).open("rb") as source:
        return read_po(source, locale=language)


def _compiled(catalogue: Any) -> bytes:
    from babel.messages.mofile import write_mo

    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def _sentences_in(compiled: bytes) -> dict[Any, str]:
    """The sentences of a .mo file. Its header is left out: it names the version of Babel."""
    found: dict[Any, str] = dict(GNUTranslations(io.BytesIO(compiled))._catalog)  # type: ignore[attr-defined]
    return {key: text for key, text in found.items() if key}


def _po(language: str) -> Path:
    return SOURCE / "locale" / language / "LC_MESSAGES" / "django.po"


def _mo(language: str) -> Path:
    return _po(language).with_suffix(".mo")
