"""A loaded package is shared by every request; nobody can change it."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from tongqu.foundation.canonical import digest
from tongqu.kernel.packages.package import Package, freeze, text_in, thaw
from tongqu.kernel.packages.tests.samples import food


def test_nothing_in_it_can_be_changed() -> None:
    package = Package.of(food())
    page = package.form["pages"][0]
    for change in (
        lambda: page.update(id="x"),
        lambda: page.__setitem__("id", "x"),
        lambda: page.pop("id"),
        lambda: page.setdefault("x", 1),
        lambda: page.__ior__({"x": 1}),
        lambda: package.form["pages"].append(1),
        lambda: package.form["pages"].__setitem__(0, 1),
        lambda: package.form["pages"].sort(),
        lambda: package.fields.clear(),  # type: ignore[attr-defined]
    ):
        with pytest.raises(TypeError):
            change()
    assert digest(thaw(package.content)) == package.hash


def test_it_is_still_plain_data() -> None:
    frozen = freeze({"a": [{"b": 1}]})
    assert isinstance(frozen, dict)
    assert isinstance(frozen["a"], list)
    assert json.loads(json.dumps(frozen)) == {"a": [{"b": 1}]}
    mine = copy.deepcopy(frozen)
    mine["a"][0]["b"] = 2
    assert frozen["a"][0]["b"] == 1
    assert pickle.loads(pickle.dumps(frozen)) == frozen


def test_the_hash_is_of_all_content_and_of_nothing_else() -> None:
    content = food()
    first = Package.of(content).hash
    assert Package.of(dict(reversed(list(content.items())))).hash == first
    content["guide"]["fee"]["en"] += " "
    assert Package.of(content).hash != first


def test_languages() -> None:
    words = {"zh-Hans": "甲", "en": "A", "zh-Hant": "甲"}
    assert text_in(words, "en") == "A"
    assert text_in(words, "zh-hans") == text_in(words, "fr") == "甲"
