"""Keyset paging: the last page costs what the first does, and no count is taken."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet

from tongqu.kernel.acts.errors import Invalid

M = TypeVar("M", bound=Model)
MAX_SIZE = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    rows: list[M]
    next: str | None  # the cursor of the page after this one


def page_of(rows: QuerySet[M], *, order: tuple[str, ...], after: str | None = None, size: int = 50) -> Page[M]:
    """One page of `rows` by `order` ("-due_at", "id"), which must end in a unique column and hold no NULLs.

    Raises Invalid for a cursor that we did not make.
    """
    size = max(1, min(size, MAX_SIZE))
    if after:
        rows = rows.filter(_beyond(order, _read(after, rows.model, order)))
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, _cursor(found[-1], order) if more else None)


def _beyond(order: tuple[str, ...], values: list[Any]) -> Q:
    """(a, b, c) after (x, y, z): a past x, or a = x and (b past y, or …)."""
    condition = Q()
    for column, value in reversed(list(zip(order, values, strict=True))):
        name, past = column.lstrip("-"), "lt" if column.startswith("-") else "gt"
        beyond = Q(**{f"{name}__{past}": value})
        condition = beyond | (Q(**{name: value}) & condition) if condition else beyond
    return condition


def _cursor(row: Model, order: tuple[str, ...]) -> str:
    values = [_plain(getattr(row, column.lstrip("-"))) for column in order]
    body = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    return _signer(type(row), order).sign(body)


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, (UUID, Decimal)) else value


def _read(cursor: str, model: type[Model], order: tuple[str, ...]) -> list[Any]:
    """The values of a cursor. It is signed for its list: anything else could carry values no column can hold."""
    try:
        body = _signer(model, order).unsign(cursor)
    except BadSignature:
        raise Invalid(code="bad-cursor", field="after") from None
    values = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    fields = [model._meta.get_field(column.lstrip("-")) for column in order]
    return [field.to_python(value) for field, value in zip(fields, values, strict=True)]  # type: ignore[union-attr]


def _signer(model: type[Model], order: tuple[str, ...]) -> Signer:
    return Signer(sep=".", salt=f"tongqu.paging:{model._meta.label}:{','.join(order)}")
