"""What a package is once loaded: frozen, known by its hash, safe to share between threads and requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from uuid import UUID

from tongqu.foundation.canonical import digest
from tongqu.kernel.packages.inlining import form_with
from tongqu.kernel.packages.names import kinds_in, values_of
from tongqu.kernel.packages.tables import read_all
from tongqu.kernel.ui import languages

Text = Mapping[str, str]  # language tag -> sentence


def _refuse(self: object, *args: object, **kwargs: object) -> NoReturn:
    raise TypeError("a package never changes; copy what you want to change with `thaw`")


class FrozenDict(dict[str, Any]):
    """A dict that stays as it is; still a dict, so that JSON, templates and validators take it."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return freeze, (thaw(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return thaw(self)


class FrozenList(list[Any]):
    """A list that stays as it is."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = append = clear = extend = insert = pop = remove = _refuse
    reverse = sort = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return freeze, (thaw(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return thaw(self)


def freeze(value: Any) -> Any:
    if isinstance(value, Mapping):
        return FrozenDict({key: freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return FrozenList([freeze(item) for item in value])
    return value


def thaw(value: Any) -> Any:
    """A copy that may be changed."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [thaw(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Package:
    """One version of one package. `content` holds each file under its name ("form", "materials" …) and the
    templates under "templates"; `hash` is the digest of all of it; `id` is the published version's row, if any.
    `form` is the file's, the results of tables in its conditions written out (`inlining.py`)."""

    content: Mapping[str, Any]
    hash: str
    id: UUID | None = None
    fields: Mapping[str, Mapping[str, Any]] = field(repr=False, default_factory=dict)
    form: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @classmethod
    def of(cls, content: Mapping[str, Any], *, id: UUID | None = None) -> Package:
        """Content must have passed the schemas."""
        frozen = freeze(content)
        form = frozen["form"]
        if frozen.get("tables"):
            tables = read_all(frozen["tables"], kinds_in(form), values_of(form))
            form = freeze(form_with(form, tables))
        fields = {
            one["name"]: one for page in form["pages"] for section in page["sections"] for one in section["fields"]
        }
        return cls(content=frozen, hash=digest(content), id=id, fields=FrozenDict(fields), form=form)

    @property
    def code(self) -> str:
        return str(self.content["package"]["code"])

    @property
    def version(self) -> str:
        return str(self.content["package"]["version"])

    @property
    def title(self) -> Text:
        return self.content["package"]["title"]  # type: ignore[no-any-return]

    @property
    def item(self) -> Mapping[str, Any]:
        return self.content["package"]["item"]  # type: ignore[no-any-return]

    @property
    def triage(self) -> Mapping[str, Any] | None:
        return self.content.get("triage")

    @property
    def guide(self) -> Mapping[str, Any]:
        return self.content["guide"]  # type: ignore[no-any-return]

    @property
    def procedure(self) -> Mapping[str, Any]:
        """{"procedure": code, "clocks": {name: {"rule"}}, "site_check": …}."""
        return self.content["procedure"]  # type: ignore[no-any-return]

    @property
    def site_check(self) -> Mapping[str, Any] | None:
        return self.content.get("site_check")

    @property
    def texts(self) -> Mapping[str, Any]:
        return self.content.get("texts") or FrozenDict()

    @property
    def templates(self) -> Mapping[str, str]:
        return self.content.get("templates") or FrozenDict()

    @property
    def settings(self) -> Mapping[str, Mapping[str, Any]]:
        """Templates of local law, by code; off until a region adopts one."""
        return {one["code"]: one for one in self.content["package"].get("settings", ())}

    def instrument(self, code: str) -> Text:
        """The full name of a law that the package cites. Raises KeyError."""
        return self.content["package"]["instruments"][code]  # type: ignore[no-any-return]


def text_in(text: Text, language: str = "zh-Hans") -> str:
    """The sentence in a language ("zh-hans", "en" …), else in Simplified Chinese."""
    return languages.said(text, language)
