"""What holds for any definition and any input, however hostile."""

from __future__ import annotations

import unicodedata

from django.template.loader import render_to_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongqu.kernel.ui import forms
from tongqu.kernel.ui.tests.definitions import field, form, text

NAMES = ["a", "b", "c", "d", "e"]
OPTIONS = "x y z"
WIDGETS = ["text", "textarea", "number", "date", "phone", "region", "radio", "select", "checkboxes"]
CHOSEN = {"radio", "select", "checkboxes"}

conditions = st.builds(
    lambda on, values, many: {"field": on, "in": values} if many else {"field": on, "equals": values[0]},
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(["x", "y", "z", "1"]), min_size=1, max_size=3, unique=True),
    st.booleans(),
)


@st.composite
def definitions(draw):
    made = []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True)):
        widget = draw(st.sampled_from(WIDGETS))
        more = {"options": OPTIONS} if widget in CHOSEN else {}
        if widget not in CHOSEN and draw(st.integers(0, 5)) == 0:
            made.append(field(name, widget, prefill="t.source"))
            continue
        if (required := draw(st.sampled_from([None, True, "when"]))) is not None:
            more["required"] = True if required is True else {"when": draw(conditions)}
        if draw(st.booleans()):
            more["show"] = draw(conditions)
        if widget == "number" and draw(st.booleans()):
            more |= {"min": "0", "max": 1000, "unit": text("元", "yuan")}
        made.append(field(name, widget, **more))
    cut = draw(st.integers(0, len(made)))
    return form(*made[:cut], second=tuple(made[cut:])) if 0 < cut < len(made) else form(*made)


typed = st.one_of(
    st.sampled_from(["x", "y", "z", "1", "48.5", "2026-11-20", "13900000000", "990102000000", ""]),
    st.text(max_size=30),
)
inputs = st.dictionaries(
    st.sampled_from([*NAMES, "evil", "_key"]), st.one_of(typed, st.lists(typed, max_size=3)), max_size=7
)


@given(definitions(), inputs, inputs)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_parse_never_breaks_and_answers_only_what_was_asked(definition, data, given_values):
    values, errors = forms.parse(definition, data, given=given_values)
    fields = forms.all_fields(definition)
    asked = {name for name, f in fields.items() if "prefill" not in f}
    assert set(values) <= asked and set(errors) <= asked
    assert not set(values) & set(errors)
    assert all(values.values()), "empty means absent"
    for name, value in values.items():
        several = fields[name]["widget"] == "checkboxes"
        assert isinstance(value, list if several else str)
        for each in value if several else [value]:
            assert not any(unicodedata.category(c) in {"Cc", "Co", "Cs"} and c != "\n" for c in each)
            if fields[name]["widget"] in CHOSEN:
                assert each in OPTIONS.split()


@given(definitions(), inputs)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_accepted_is_accepted_again_unchanged(definition, data):
    values, errors = forms.parse(definition, data)
    again, errors_again = forms.parse(definition, values)
    assert again == values
    assert set(errors_again) <= set(errors)


@given(definitions(), inputs)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_drawing_shows_again_whatever_was_typed_escaped(definition, data):
    kept = forms.typed(definition, data)
    _values, errors = forms.parse(definition, kept)
    sections = forms.build(definition, kept, errors)
    html = render_to_string("ui/form.html", {"sections": sections, "errors": errors})
    drawn = {f.name for section in sections for f in section.fields}
    assert set(errors) <= drawn, "an error must have a field to lead to"
    for name in errors:
        assert f'href="#f-{name}"' in html and f'id="f-{name}"' in html
    assert html.count("<script") == html.count("conditions.js") == html.count("data-when"), "our own, and no other"


@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once(raw):
    values, _errors = forms.parse(form(field("a", max_length=500)), {"a": raw})
    if "a" in values:
        assert forms.parse(form(field("a", max_length=500)), {"a": values["a"]})[0] == values
