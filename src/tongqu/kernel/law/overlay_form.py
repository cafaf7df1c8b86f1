"""The document of a rule set otherwise in a region, from what was typed into the page's fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Invalid, Text
from tongqu.kernel.law import datafiles, overlays

NEEDED: dict[str, Text] = {
    "rule_id": _("请填写规则编号，例如 L7"), "version": _("请填写名称，例如 明川试点-2027"),
    "region": _("请填写区划代码，2、4、6、9或者12位数字"), "place": _("请填写地方的名称"),
    "instrument": _("请填写授权文件的名称和文号"), "organ": _("请填写发布机关"),
    "issued": _("请按2027-01-31的样子填写日期"), "effective_from": _("请按2027-01-31的样子填写日期"),
    "summary": _("请写明有什么不同"), "summary_en": _("请用英文写明有什么不同"),
}  # fmt: skip
NUMBERS = ("quantity", "extension_quantity", "extension_times")
FIELDS = (
    *NEEDED, "basis", "rank", "article", "effective_to", "unit", "day_type", "extension", "extension_needs", "trust",
    *NUMBERS,
)  # fmt: skip
_AT = {
    "authority.instrument": "instrument", "authority.organ": "organ", "authority.issued": "issued",
    "authority.article": "article", "authority.rank": "rank", "summary.zh-Hans": "summary",
    "summary.en": "summary_en", "sets.quantity": "quantity", "sets.day_type": "day_type", "sets": "quantity",
    "sets.unit": "unit", "sets.extension": "extension", "sets.extension.quantity": "extension_quantity",
    "sets.extension.needs": "extension_needs", "sets.extension.times": "extension_times",
}  # fmt: skip


def written(typed: Mapping[str, str]) -> tuple[dict[str, Any], overlays.Preview]:
    """The document and what it would bring. Raises Invalid at the fields named in `FIELDS`."""
    errors: dict[str, Text] = {name: said for name, said in NEEDED.items() if not typed[name]}
    dates = [name for name in ("issued", "effective_from", "effective_to") if typed[name]]
    errors |= {name: NEEDED["issued"] for name in dates if not datafiles.is_day(typed[name])}
    errors |= _of_extension(typed)
    errors |= {name: _("请填写整数") for name in NUMBERS if typed[name] and not _is_number(typed[name])}
    if typed["basis"] not in {"pilot", "local"}:
        errors["basis"] = _("请选择凭什么另行设定")
    if errors:
        raise Invalid(fields=errors)
    document = _document(typed)
    try:
        return document, overlays.preview(overlays.checked(document))
    except datafiles.BadFile as error:
        raise Invalid(fields=_at_fields(error)) from None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _of_extension(typed: Mapping[str, str]) -> dict[str, Text]:
    """What is missing of an extension set otherwise, and what was typed of one that is not."""
    if typed["extension"] == "set":
        asked = {"extension_quantity": _("请填写可以延长多少"), "extension_needs": _("请选择延长由谁批准")}
        return {name: said for name, said in asked.items() if not typed[name]}
    if typed["extension"] not in {"", "none"}:
        return {"extension": _("请选择能不能延长")}
    given = any(typed[name] for name in ("extension_quantity", "extension_needs", "extension_times"))
    return {"extension": _("填写了延长的内容，请选“另行设定”")} if given else {}


def _document(typed: Mapping[str, str]) -> dict[str, Any]:
    sets: dict[str, Any] = {"quantity": int(typed["quantity"][:9])} if typed["quantity"] else {}
    sets |= {name: typed[name] for name in ("unit", "day_type") if typed[name]}
    if typed["extension"]:
        sets["extension"] = _extension(typed) if typed["extension"] == "set" else None
    authority = {name: typed[name] for name in ("instrument", "article", "rank", "organ", "issued") if typed[name]}
    document: dict[str, Any] = {name: typed[name] for name in ("rule_id", "version", "region", "place", "basis")}
    return {
        "schema": "tongqu/overlay/1", **document, "authority": authority, "effective_from": typed["effective_from"],
        "effective_to": typed["effective_to"] or None, "trust": typed["trust"] or "P", "sets": sets,
        "summary": {"zh-Hans": typed["summary"], "en": typed["summary_en"]},
    }  # fmt: skip


def _extension(typed: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"quantity": int(typed["extension_quantity"][:9]), "needs": typed["extension_needs"]}
    return found | ({"times": int(typed["extension_times"][:9])} if typed["extension_times"] else {})


def _at_fields(error: datafiles.BadFile) -> dict[str, Text]:
    fields: dict[str, Text] = {}
    for problem in error.problems:
        where = _AT.get(problem.field, problem.field)
        fields.setdefault(where if where in FIELDS else "quantity", problem.message)
    return fields
