"""What the worker does for the desk: put prints together, and throw away those that nobody may fetch any more."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.faces.workbench import prints
from tongqu.faces.workbench.models import PrintBatch
from tongqu.faces.workbench.printing import Bundle, put_together
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.identity.actors import actor_for
from tongqu.kernel.identity.models import Account
from tongqu.kernel.jobs.registry import every, job
from tongqu.kernel.jobs.rules import Lane


@job("workbench.print", attempts=3, lane=Lane.MAKING, lease_seconds=300)
def make_print(*, batch_id: str) -> None:
    """Read each case as the one who asked, with the rights he has now. Outside a transaction, so that nobody waits for
    a long print; running twice makes the same file twice."""
    batch = PrintBatch.objects.get(id=batch_id)
    if batch.state in {"done", "empty"}:
        return
    make(batch)


def make(batch: PrintBatch) -> PrintBatch:
    actor = actor_for(Account.objects.get(id=batch.owner_id))
    rows = PrintBatch.objects.filter(id=batch.id)
    rows.update(state="running", done=0)

    def told(done: int, bundle: Bundle) -> None:
        rows.update(done=done, papers=bundle.papers, pages=bundle.pages)

    try:
        data, bundle = put_together(
            actor, [UUID(one) for one in batch.cases], kinds=batch.kinds, duplex=batch.duplex, cover=batch.cover,
            told=told,
        )  # fmt: skip
    except Invalid as error:
        rows.update(state="failed", left_out=[{"case": "", "why": str(error.message)}])
    except Exception:  # the page would say for ever that it is being made; who tries again sets it going anew
        rows.update(state="failed", left_out=[{"case": "", "why": _("平台出了错，过一会儿再试；还不行请报系统管理员")}])
        raise
    else:
        wrapped = prints.put(batch.id, data) if data else None
        rows.update(
            state="done" if data else "empty", wrapped_key=wrapped, left_out=bundle.left_out, papers=bundle.papers,
            pages=bundle.pages,
        )  # fmt: skip
    batch.refresh_from_db()
    return batch


@every("workbench.clear_prints", seconds=1800)
def clear_prints() -> None:
    for batch_id in PrintBatch.objects.filter(expires_at__lt=now()).values_list("id", flat=True)[:200]:
        prints.remove(batch_id)
        PrintBatch.objects.filter(id=batch_id).delete()
