"""At the window 当面办理: what the applicant may do online, done for who stands there, with an account or without one.

The clerk vouches that it was the applicant: values are marked as typed by a helper with the old ones kept sealed, and
what ends a case or asks for something lies there signed.
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.cases.context import Ctx
from tongqu.kernel.cases.models import IN_PERSON
from tongqu.kernel.cases.operations import supplement
from tongqu.kernel.cases.operations.drafts import keep_material


def supply(ctx: Ctx) -> None:
    supplement.seal_what_was(ctx)
    supplement.supply(ctx, source="helper")


def signed(effect: Callable[[Ctx], None]) -> Callable[[Ctx], None]:
    """The effect of what he may do online, with the paper he signed for it."""

    def with_the_paper(ctx: Ctx) -> None:
        _keep_signed(ctx)
        effect(ctx)

    return with_the_paper


def _keep_signed(ctx: Ctx) -> None:
    """The signed paper becomes a file of the case. Raises Invalid without one."""
    if not ctx.uploads:
        raise Invalid(fields={"signed": _("请上传申请人签名的书面材料")})
    files = [
        keep_material(ctx.act, ctx.case, code=IN_PERSON, upload=u, purpose=f"case:{ctx.case.item_code}")
        for u in ctx.uploads
    ]
    ctx.body["signed"] = [f.blob_id for f in files]
