"""What the ledger asks the worker to do."""

from __future__ import annotations

from tongqu.kernel.jobs.registry import every
from tongqu.kernel.ledger import writer


@every("ledger.sign", seconds=60)
def sign() -> None:
    writer.sign_heads()
