"""What the desk holds of a person for a while: papers being put together for printing."""

from __future__ import annotations

from tongqu.faces.workbench import prints
from tongqu.faces.workbench.models import PrintBatch
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases.erasing import cases_of
from tongqu.kernel.identity import holders
from tongqu.kernel.identity.holders import Subject


class Prints(holders.Holder):
    """No category of its own on "my data": a print repeats papers that stand there, and is gone after some hours."""

    code, order = "workbench", 200
    models = frozenset({"workbench.PrintBatch"})

    def erase(self, act: Act, subject: Subject) -> None:
        """Prints with a paper of the person go whole; whoever asked for them asks again."""
        mine = {str(case_id) for case_id in cases_of(subject, subject.parties).values_list("id", flat=True)}
        for batch in PrintBatch.objects.filter(tenant_id=subject.tenant_id):
            if mine & set(batch.cases):
                prints.remove(batch.id)
                batch.delete()


def register() -> None:
    holders.register(Prints())
    holders.excuse({"workbench.SavedView": "a filter that an officer keeps under a name: ids and codes, nobody's data"})
