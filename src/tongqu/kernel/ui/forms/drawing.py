"""From a definition and what is known to what the template shows. Values in, dataclasses out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from tongqu.foundation.conditions import names_in, wanted
from tongqu.kernel.ui.forms import conditions
from tongqu.kernel.ui.forms.conditions import Value
from tongqu.kernel.ui.forms.definition import Definition, all_fields, tag_of, text
from tongqu.kernel.ui.forms.on_page import tree_of
from tongqu.kernel.ui.forms.parsing import Choices

_INPUT_TYPES = {"date": "date", "phone": "tel", "email": "email", "password": "password", "search": "search"}
_INPUT_MODES = {"number": "decimal", "phone": "tel"}
_WIDTHS = {"number": "short", "date": "short", "phone": "middle"}
_AUTOCOMPLETE = {"phone": "tel"}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    id: str
    hint: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Options of a select under one heading ("" = none)."""

    label: str
    options: list[Option]


@dataclass(frozen=True, slots=True)
class Condition:
    """Why a field may not apply: `text` for people, `json` (the tree of `on_page`) for the page's script."""

    text: str
    json: str

    @classmethod
    def any_of(cls, name: str, values: Iterable[str], words: str) -> Condition:
        """The field applies where another one of its page, named, has any of the values."""
        tree = tree_of({"field": name, "in": list(values)}, {name: "list"})
        return cls(words, json.dumps(tree, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class Field:
    """One field as `ui/c/field.html` draws it. `given`: shown, not asked. `display`: a given value in words."""

    name: str
    label: str
    widget: str
    id: str
    value: str = ""
    display: str = ""
    help: str = ""
    error: str = ""
    optional: str = ""
    required: bool = False
    options: list[Option] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    unit: str = ""
    width: str = ""
    autocomplete: str = ""
    given: bool = False
    missing_text: str = ""
    provenance: Any = None
    condition: Condition | None = None
    shown: bool = True
    accept: str = ""
    multiple: bool = False
    capture: str = ""
    max_bytes: int | None = None

    @property
    def input_type(self) -> str:
        return _INPUT_TYPES.get(self.widget, "text")

    @property
    def inputmode(self) -> str:
        return _INPUT_MODES.get(self.widget, "")

    @property
    def grouped(self) -> bool:
        return self.widget in {"radio", "checkboxes"}

    @property
    def chosen(self) -> bool:
        """One of its options holds: a select that must have one needs no empty entry any more."""
        return any(option.checked for group in self.groups for option in group.options)

    @property
    def described_by(self) -> str:
        parts = [("help", self.help), ("error", self.error), ("unit", self.unit)]
        return " ".join(f"{self.id}-{name}" for name, there in parts if there)


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    intro: str
    fields: list[Field]


def field_id(name: str) -> str:
    """The id of a field's control on the page; the error summary links to it."""
    return f"f-{name}"


def build(
    definition: Definition,
    values: Mapping[str, Value] | None = None,
    errors: Mapping[str, str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    lang: str | None = None,
    *,
    page: str | None = None,
    choices: Choices | None = None,
) -> list[Section]:
    """The sections of `page` (all pages if None). `values` are typed, saved and prefilled ones together;
    `provenance` gives prefilled fields {"label", "as_of", "display"?}.

    A field that hangs on another page's answer is left out when it does not apply. One that hangs on a field of the
    same page is always drawn, with its condition in words; the page's script and stylesheet hide it while it does not
    apply.
    """
    with override(tag_of(lang).lower()):
        return _Drawing(definition, values or {}, errors or {}, provenance or {}, lang, page, choices or {}).sections()


@dataclass(slots=True)
class _Drawing:
    definition: Definition
    values: Mapping[str, Value]
    errors: Mapping[str, str]
    provenance: Mapping[str, Any]
    lang: str | None
    page: str | None
    choices: Choices
    fields: Mapping[str, Mapping[str, Any]] = field(init=False)
    kinds: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.fields = all_fields(self.definition)
        self.kinds = conditions.kinds_of(self.fields)

    def sections(self) -> list[Section]:
        here = all_fields(self.definition, self.page)
        is_shown = conditions.shown(self.fields, self.values.get)
        out = []
        for page in self.definition["pages"]:
            for section in page["sections"]:
                if self.page is not None and page["id"] != self.page:
                    continue
                drawn = [
                    self._field(f, here, is_shown)
                    for f in section["fields"]
                    if is_shown(f["name"]) or self._may_appear(f, here, is_shown)
                ]
                if drawn:
                    out.append(Section(section["id"], self._(section["title"]), self._(section.get("intro")), drawn))
        return out

    def _may_appear(self, f: Mapping[str, Any], here: Any, is_shown: Any, depth: int = 0) -> bool:
        """Whether an answer on this very page can make a hidden field apply."""
        condition = f.get("show")
        if condition is None:
            return True
        if depth > len(self.fields):
            return False
        asked = [here[name] for name in self._changeable(condition, here)]
        return any(is_shown(on["name"]) or self._may_appear(on, here, is_shown, depth + 1) for on in asked)

    def _changeable(self, condition: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
        """The fields of a condition that are asked on this page."""
        return [name for name in names_in(condition, self.kinds) if name in here and "prefill" not in here[name]]

    def _field(self, f: Mapping[str, Any], here: Mapping[str, Any], is_shown: Callable[[str], bool]) -> Field:
        name, widget = f["name"], f["widget"]
        value = self.values.get(name, "")
        given = "prefill" in f
        options = [] if given else self._options(f, value)
        source = self.provenance.get(name)
        drawn_widget = "select" if widget == "region" and options else "text" if widget == "region" else widget
        return Field(
            name=name,
            label=self._(f["label"]),
            widget=drawn_widget,
            id=field_id(name),
            value=value if isinstance(value, str) else "",
            display=self._display(value, source) if given else "",
            help=self._(f.get("help")),
            error=self.errors.get(name, ""),
            optional="" if given else self._optional(f),
            required=f.get("required") is True,
            options=options,
            groups=_groups(options, self.choices.get(name, ())) if drawn_widget == "select" else [],
            unit=self._(f.get("unit")),
            width=_WIDTHS.get(widget, ""),
            autocomplete=_AUTOCOMPLETE.get(widget, ""),
            given=given,
            missing_text=_("暂未取得，由受理窗口核对，您不需要提供"),
            provenance=source if value else None,
            condition=self._condition(f, here, is_shown),
            shown=is_shown(name),
            accept=",".join(f".{kind}" for kind in f.get("accept", ())),
            multiple=bool(f.get("multiple")),
            capture=str(f.get("capture", "")),
        )

    def _options(self, f: Mapping[str, Any], value: Value) -> list[Option]:
        chosen = {value} if isinstance(value, str) else set(value)
        rows = [(o["value"], self._(o["label"]), self._(o.get("hint"))) for o in f.get("options", ())]
        rows += [(c["value"], c["label"], "") for c in self.choices.get(f["name"], ())]
        first = field_id(f["name"])
        return [Option(v, label, f"{first}-{n}", hint, v in chosen) for n, (v, label, hint) in enumerate(rows, 1)]

    def _optional(self, f: Mapping[str, Any]) -> str:
        rule = f.get("required")
        if rule is True:
            return ""
        if isinstance(rule, Mapping):
            return _("（%(condition)s时必填）") % {"condition": self._when(rule["when"])}
        return _("（选填）")

    def _condition(
        self, f: Mapping[str, Any], here: Mapping[str, Any], is_shown: Callable[[str], bool]
    ) -> Condition | None:
        """None where nothing on this page can change whether the field applies."""
        condition = f.get("show")
        if condition is None or not (asked := self._changeable(condition, here)):
            return None
        others = [name for name in names_in(condition, self.kinds) if name not in asked]
        fixed = {name: self.values.get(name) if is_shown(name) else None for name in others}
        tree = tree_of(condition, self.kinds, fixed)
        if tree is None:
            return None
        words = _("仅在%(condition)s时填写") % {"condition": self._when(condition)}
        return Condition(words, json.dumps(tree, ensure_ascii=False))

    def _when(self, condition: Mapping[str, Any]) -> str:
        if "feel" in condition:
            return self._(condition.get("text"))
        on = self.fields.get(condition["field"])
        if on is None:
            return ""
        labels = {o["value"]: self._(o["label"]) for o in on.get("options", ())}
        return _("“%(field)s”选“%(values)s”") % {
            "field": self._(on["label"]),
            "values": _("”或“").join(labels.get(v, v) for v in wanted(condition)),
        }

    def _display(self, value: Value, source: Any) -> str:
        said = source.get("display") if isinstance(source, Mapping) else getattr(source, "display", None)
        if said:
            return str(said)
        return value if isinstance(value, str) else _("、").join(value)

    def _(self, words: Mapping[str, str] | None) -> str:
        return text(words, self.lang)


def _groups(options: Sequence[Option], choices: Iterable[Mapping[str, str]]) -> list[Group]:
    """Options in order, under the headings that choices may carry."""
    heading = {c["value"]: c.get("group", "") for c in choices}
    groups: list[Group] = []
    for option in options:
        label = heading.get(option.value, "")
        if not groups or groups[-1].label != label:
            groups.append(Group(label, []))
        groups[-1].options.append(option)
    return groups
