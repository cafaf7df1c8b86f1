"""The supplement 补正: what is missing is told once; what comes is checked like the form and may be part of it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.context import Ctx, LoadedFacts
from tongqu.kernel.cases.models import CaseMaterial
from tongqu.kernel.cases.operations.drafts import keep_material
from tongqu.kernel.cases.rules import unmet


def request(ctx: Ctx) -> None:
    """Everything missing, told once: each demand names a material or a field and says how to mend it."""
    _lapse_offers(ctx)
    asked = {code: _demand(ctx, code, note) for code, note in sorted(ctx.inputs["demands"].items())}
    ctx.case.demands = [d for d in ctx.case.demands if d["code"] not in asked] + list(asked.values())
    ctx.case.tally = {**ctx.case.tally, "changed_by_applicant": 0}
    ctx.body["demands"] = list(asked)


def remind(ctx: Ctx) -> None:
    """Repeat demands not met; the input form offers no others."""
    _lapse_offers(ctx)
    again = ctx.inputs["demands"]
    ctx.case.demands = [
        d | {"note": again[d["code"]], "asked_at": ctx.at.isoformat()}
        if d["code"] in again and not d.get("spot")
        else d
        for d in ctx.case.demands
    ]
    ctx.body["demands"] = sorted(again)


def _lapse_offers(ctx: Ctx) -> None:
    """What could have been corrected on the spot and was not is part of the one notice now, or nothing."""
    ctx.case.demands = [
        d | {"met": True, "lapsed_at": ctx.at.isoformat()} if d.get("spot") and not d["met"] else d
        for d in ctx.case.demands
    ]


def _demand(ctx: Ctx, code: str, note: str) -> dict[str, Any]:
    return {"code": code, "note": note, "asked_at": ctx.at.isoformat(), "met": False}


def supply(ctx: Ctx, *, source: str = "typed") -> None:
    """Take what came: a file meets its material's demand, a corrected value its field's. Part is taken too.

    A correction may hide what another demand asked for, which then lapses, or call for what nobody could have asked
    before, and then the window may ask again. `source`: whose hand typed the values, `typed` or `helper`.
    """
    case, before = ctx.case, set(ctx.facts.missing_materials)
    files = [code for code in unmet(case.demands) if take_files(ctx, code)]
    fields = [code for code in unmet(case.demands) if part_of(code, "field") in ctx.inputs]
    if not files and not fields:
        raise Invalid(_("请至少补交一项"), fields={c.partition(":")[2]: _("请补交这一项") for c in unmet(case.demands)})
    if fields:
        fresh = {name: ctx.inputs[name] for name in (part_of(code, "field") for code in fields)}
        write_values(ctx, fresh, source=source)
    now_is = note_changes(ctx, before)
    asked = {f"material:{m.code}" for m in now_is.wanted} | set(definition.askable_fields(ctx.package, now_is.values))
    case.demands = [_after(ctx, d, {*files, *fields}, asked) for d in case.demands]
    ctx.body["supplied"] = [*files, *fields]


def write_values(ctx: Ctx, fresh: dict[str, Any], *, source: str) -> None:
    """Type these over the values of the case: `typed` by the applicant, or by a `helper`."""
    typed = definition.typed(ctx.case, ctx.package, fresh)
    values = {n: e | {"source": source} if n in fresh else e for n, e in typed.items()}
    definition.confirm(ctx.case, by=ctx.actor.account_id, package=ctx.package, values=values, fresh=fresh)
    ctx.sealed["values"] = fresh


def seal_what_was(ctx: Ctx) -> None:
    """Before a clerk types over what the applicant had answered: it is kept sealed beside the new."""
    ctx.sealed["before"] = {n: e["value"] for n, e in ctx.facts.entries.items() if n in ctx.inputs}


def note_changes(ctx: Ctx, missing_before: set[str]) -> LoadedFacts:
    """The facts as they are now. Where what the applicant changed calls for more, the window may ask for that."""
    now_is = LoadedFacts(ctx.case, ctx.package)
    if now_is.form_errors or set(now_is.missing_materials) - missing_before:
        ctx.case.tally = {**ctx.case.tally, "changed_by_applicant": 1}
    return now_is


def take_files(ctx: Ctx, code: str) -> bool:
    """Keep the files that came for `material:…` in place of the earlier ones; whether any came."""
    name = part_of(code, "material")
    files = [u for u in ctx.uploads if name and u.field == name]
    if files:
        CaseMaterial.objects.filter(case=ctx.case, code=name, replaced_at=None).update(replaced_at=ctx.at)
    for upload in files:
        keep_material(ctx.act, ctx.case, code=name, upload=upload, purpose=f"case:{ctx.case.item_code}")
    return bool(files)


def part_of(code: str, kind: str) -> str:
    """`area` of `field:area`, "" when the demand is of another kind."""
    found, _sep, name = code.partition(":")
    return name if found == kind else ""


def _after(ctx: Ctx, demand: dict[str, Any], supplied: set[str], asked: set[str]) -> dict[str, Any]:
    if demand["met"]:
        return demand
    if demand["code"] in supplied:
        return demand | {"met": True, "met_at": ctx.at.isoformat()}
    return demand if demand["code"] in asked else demand | {"met": True, "lapsed_at": ctx.at.isoformat()}
