"""Correcting on the spot 当场更正 (行政许可法 32(1)(三)): what is merely wrong may be corrected; it is no supplement.

An offer to correct holds nothing up: the clock of the notice runs on, the case may be accepted as it stands, and what
was offered and not taken up lapses with the next step. So it cannot serve as a second supplement demand in disguise.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.cases.context import Ctx
from tongqu.kernel.cases.operations.supplement import note_changes, part_of, seal_what_was, take_files, write_values
from tongqu.kernel.cases.rules import to_correct


def allow(ctx: Ctx) -> None:
    """Say what may be corrected now; each offer names a material or a field and says how."""
    offered = [
        {"code": code, "note": note, "asked_at": ctx.at.isoformat(), "met": False, "spot": True}
        for code, note in sorted(ctx.inputs["demands"].items())
    ]
    codes = {d["code"] for d in offered}
    ctx.case.demands = [d for d in ctx.case.demands if not (d.get("spot") and d["code"] in codes)] + offered
    ctx.body["corrections"] = sorted(codes)


def correct(ctx: Ctx) -> None:
    """Take the applicant's corrections, all or some. Raises Invalid when nothing came."""
    offered = to_correct(ctx.case.demands)
    files = [code for code in offered if take_files(ctx, code)]
    fields = [code for code in offered if part_of(code, "field") in ctx.inputs]
    if not files and not fields:
        raise Invalid(_("请至少更正一项"), fields={c.partition(":")[2]: _("请更正这一项") for c in offered})
    if fields:
        _write(ctx, {name: ctx.inputs[name] for name in (part_of(code, "field") for code in fields)}, source="typed")
    done = {*files, *fields}
    ctx.case.demands = [
        d | {"met": True, "met_at": ctx.at.isoformat()} if d.get("spot") and d["code"] in done else d
        for d in ctx.case.demands
    ]
    ctx.body["corrected"] = sorted(done)


def correct_in_person(ctx: Ctx) -> None:
    """What the applicant, present at the window, corrects and the clerk types: source `helper`, the old values kept
    sealed beside the new ones."""
    seal_what_was(ctx)
    _write(ctx, ctx.inputs, source="helper")
    ctx.body["corrected"] = sorted(f"field:{name}" for name in ctx.inputs)


def _write(ctx: Ctx, fresh: dict[str, Any], *, source: str) -> None:
    missing = set(ctx.facts.missing_materials)
    write_values(ctx, fresh, source=source)
    note_changes(ctx, missing)
