"""The list of erasures, kept outside the database: a backup made before an erasure still holds keys and names, so
whoever restores one carries the list out again (`tongqu rights reapply`). Ids and times only, one JSON object a line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tongqu.kernel.identity.holders import Subject


@dataclass(frozen=True, slots=True)
class Erased:
    tenant_id: UUID
    party_id: UUID
    at: datetime


def path() -> Path:
    return Path(settings.DATA_DIR) / "erasures.jsonl"


def note(subject: Subject, at: datetime) -> None:
    """Add a line once the erasing transaction has committed."""
    line = json.dumps({"tenant": str(subject.tenant_id), "party": str(subject.party_id), "at": at.isoformat()})
    transaction.on_commit(lambda: _append(line))


def _append(line: str) -> None:
    descriptor = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a") as out:
        out.write(line + "\n")
        out.flush()
        os.fsync(out.fileno())


def listed(where: Path) -> Iterator[Erased]:
    """The erasures in a list. Raises ValueError naming the first line that is none."""
    for n, line in enumerate(where.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            yield Erased(UUID(raw["tenant"]), UUID(raw["party"]), datetime.fromisoformat(raw["at"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{where.name}:{n} is no erasure") from None
