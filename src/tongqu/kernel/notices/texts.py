"""Templates: the words of notices, in data files, and the few kinds of value that may stand in them.

    - code: case_received
      version: 1
      params: {case_no: code, item: words, due: date}
      title: {zh-Hans: 申请已收到, en: Application received}
      body:  {zh-Hans: "您的申请“{item}”已收到……", en: "…"}
      sms:   {zh-Hans: …, en: …}        # the body, when there is none

A change of words is a new version; the old one stays in the file, because notices already sent are read by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import override

from tongqu.kernel.ui import languages
from tongqu.kernel.ui.context import site_facts

LANGUAGES = ("zh-Hans", "en")
SMS_LIMIT = 300  # characters, some five messages on the wire


class BadTemplate(ValueError):
    """A template file is wrong; the message names the file, the template and the mend."""


class UnknownTemplate(LookupError):
    """No room has registered a template of this code and version."""


class BadParam(ValueError):
    """A value does not fit what the template declares, or looks personal."""


@dataclass(frozen=True, slots=True)
class Template:
    code: str
    version: int
    params: Mapping[str, str]
    title: Mapping[str, str]
    body: Mapping[str, str]
    sms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """A notice as it is read, in one language."""

    title: str
    body: str


_templates: dict[tuple[str, int], Template] = {}
_latest: dict[str, int] = {}
_PLACE = re.compile(r"\{(\w+)\}")
_LONG_NUMBER = re.compile(r"\d{11,}|\d{17}[Xx]")
_CODE = re.compile(r"[\w./〔〕（）()#-]{0,64}")


# --- registering -----------------------------------------------------------------------------------------------------


def register_templates(path: Path) -> None:
    """Take all templates of a file, or none. Raises BadTemplate. Called from a room's `apps.ready()`."""
    # BaseLoader makes text of everything: a param may be called `no` or `on`, which YAML 1.1 takes for booleans
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  # builds no objects
    if not isinstance(raw, list):
        raise BadTemplate(f"{path.name}: a list of templates is needed")
    read = [_template(entry, path.name) for entry in raw]
    for one in read:
        known = _templates.get((one.code, one.version))
        if known is not None and known != one:
            raise BadTemplate(
                f"{path.name}: {one.code} version {one.version} has other words already; raise the version"
            )
    for one in read:
        _templates[one.code, one.version] = one
        _latest[one.code] = max(one.version, _latest.get(one.code, 0))


def latest(code: str) -> Template:
    """The template as new notices use it. Raises UnknownTemplate."""
    try:
        return _templates[code, _latest[code]]
    except KeyError:
        raise UnknownTemplate(code) from None


def template(code: str, version: int) -> Template:
    """The template as one notice used it. Raises UnknownTemplate."""
    try:
        return _templates[code, version]
    except KeyError:
        raise UnknownTemplate(f"{code} {version}") from None


def all_templates() -> list[Template]:
    return sorted(_templates.values(), key=lambda t: (t.code, t.version))


def _template(entry: Any, file: str) -> Template:
    try:
        title, body = entry["title"], entry["body"]
        made = Template(
            str(entry["code"]),
            int(entry["version"]),
            dict(entry.get("params") or {}),
            title,
            body,
            entry.get("sms") or body,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadTemplate(f"{file}: a template needs code, version, title and body ({error})") from None
    for name, words in (("title", made.title), ("body", made.body), ("sms", made.sms)):
        for language in LANGUAGES:
            text = words.get(language, "") if isinstance(words, Mapping) else ""
            if not isinstance(text, str) or not text.strip():
                raise BadTemplate(f"{file}: {made.code}: {name} has no {language}")
            if unknown := set(_PLACE.findall(text)) - set(made.params):
                raise BadTemplate(f"{file}: {made.code}: {name} names {sorted(unknown)}, which params does not list")
    if wrong := {kind for kind in made.params.values() if kind not in _READERS}:
        raise BadTemplate(f"{file}: {made.code}: no such kind of value: {sorted(wrong)}")
    return made


# --- values ----------------------------------------------------------------------------------------------------------


def checked(made: Template, params: Mapping[str, Any]) -> dict[str, Any]:
    """The params as they are stored, plain JSON. Raises BadParam for a missing, surplus, unfit or personal value."""
    if set(params) != set(made.params):
        raise BadParam(f"{made.code}: params are {sorted(made.params)}, given {sorted(params)}")
    stored = {}
    for name, kind in made.params.items():
        try:
            stored[name] = _READERS[kind](params[name])
        except (KeyError, TypeError, ValueError):
            raise BadParam(f"{made.code}: {name} is not a {kind}") from None
    return stored


def _words(value: Any) -> str | dict[str, str]:
    """A text, or a name in several languages ({zh-Hans, en}), which is shown in the reader's."""
    if isinstance(value, Mapping):
        return {"zh-Hans": _one(value["zh-Hans"]), "en": _one(value.get("en") or value["zh-Hans"])}
    return _one(value)


def _one(value: Any) -> str:
    text = " ".join(str(value).split())
    if len(text) > 100 or _LONG_NUMBER.search(text) or not text.isprintable():
        raise ValueError
    return text


def _code(value: Any) -> str:
    text = str(value)
    if not _CODE.fullmatch(text):
        raise ValueError
    return text


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**10:
        raise ValueError
    return value


def _date(value: Any) -> str:
    if isinstance(value, datetime):
        value = localtime(value).date()
    return date.fromisoformat(value if isinstance(value, str) else value.isoformat()).isoformat()


def _moment(value: Any) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is None:
        raise ValueError
    return str(moment.isoformat())


def _id(value: Any) -> str:
    return str(UUID(str(value)))


_READERS: Mapping[str, Callable[[Any], str | int | dict[str, str]]] = {
    "words": _words, "code": _code, "number": _number, "date": _date, "moment": _moment, "id": _id,
}  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------------


def words(code: str, version: int, params: Mapping[str, Any]) -> Words:
    """Title and body in the language in force. Raises UnknownTemplate."""
    made, language = template(code, version), languages.tag()
    title, body = (languages.said(text, language) for text in (made.title, made.body))
    return Words(_filled(title, made, params, language), _filled(body, made, params, language))


def sms(code: str, version: int, params: Mapping[str, Any]) -> str:
    """The text for a phone, in the source language, with the sender's name before it."""
    with override("zh-hans"):
        made = template(code, version)
        text = _filled(made.sms["zh-Hans"], made, params, "zh-Hans")
        return f"【{site_facts()['title']}】{text}"[:SMS_LIMIT]


def mail(code: str, version: int, params: Mapping[str, Any]) -> Words:
    """Subject and text of an e-mail, in the source language."""
    with override("zh-hans"):
        return words(code, version, params)


def _filled(text: str, made: Template, params: Mapping[str, Any], language: str) -> str:
    return _PLACE.sub(lambda m: _shown(made.params[m.group(1)], params.get(m.group(1), ""), language), text)


def _shown(kind: str, value: Any, language: str) -> str:
    if value == "":  # erased with its reader
        return ""
    if kind == "date":
        return date_format(date.fromisoformat(value), "j F Y" if language == "en" else "Y年n月j日")
    if kind == "moment":
        local = localtime(datetime.fromisoformat(value))
        return date_format(local, "j F Y, H:i" if language == "en" else "Y年n月j日 H:i")
    return languages.said(value, language) if isinstance(value, Mapping) else str(value)
