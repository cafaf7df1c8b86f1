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
FIELDS = (*NEEDED, "basis", "rank", "article", "effective_to", "quantity", "day_type")
_AT = {
    "authority.instrument": "instrument", "authority.organ": "organ", "authority.issued": "issued",
    "authority.article": "article", "authority.rank": "rank", "summary.zh-Hans": "summary",
    "summary.en": "summary_en", "sets.quantity": "quantity", "sets.day_type": "day_type", "sets": "quantity",
}  # fmt: skip


def written(typed: Mapping[str, str], *, checked: bool) -> tuple[dict[str, Any], overlays.Preview]:
    """The document and what it would bring. Raises Invalid at the fields named in `FIELDS`."""
    errors: dict[str, Text] = {name: said for name, said in NEEDED.items() if not typed[name]}
    dates = [name for name in ("issued", "effective_from", "effective_to") if typed[name]]
    errors |= {name: NEEDED["issued"] for name in dates if not datafiles.is_day(typed[name])}
    if typed["quantity"] and not (typed["quantity"].isascii() and typed["quantity"].isdigit()):
        errors["quantity"] = _("请填写整数")
    if typed["basis"] not in {"pilot", "local"}:
        errors["basis"] = _("请选择凭什么另行设定")
    if errors:
        raise Invalid(fields=errors)
    document = _document(typed, checked)
    try:
        return document, overlays.preview(overlays.checked(document))
    except datafiles.BadFile as error:
        raise Invalid(fields=_at_fields(error)) from None


def _document(typed: Mapping[str, str], checked: bool) -> dict[str, Any]:
    sets: dict[str, Any] = {"quantity": int(typed["quantity"][:9])} if typed["quantity"] else {}
    if typed["day_type"]:
        sets["day_type"] = typed["day_type"]
    authority = {name: typed[name] for name in ("instrument", "article", "rank", "organ", "issued") if typed[name]}
    document: dict[str, Any] = {name: typed[name] for name in ("rule_id", "version", "region", "place", "basis")}
    return {
        "schema": "tongqu/overlay/1", **document, "authority": authority, "effective_from": typed["effective_from"],
        "effective_to": typed["effective_to"] or None, "trust": "V" if checked else "P", "sets": sets,
        "summary": {"zh-Hans": typed["summary"], "en": typed["summary_en"]},
    }  # fmt: skip


def _at_fields(error: datafiles.BadFile) -> dict[str, Text]:
    fields: dict[str, Text] = {}
    for problem in error.problems:
        where = _AT.get(problem.field, problem.field)
        fields.setdefault(where if where in FIELDS else "quantity", problem.message)
    return fields
