"""Numbers of a lane as decimals of 34 digits, each an object: slow, and exact where 64 bits are not enough."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

import numpy as np
import numpy.typing as npt

from tongqu.foundation.feel.values import EXACT


def is_decimal(data: Any) -> bool:
    return bool(data.dtype == object)


def of_whole(data: Any, scale: int) -> Any:
    """Whole numbers of a scale as decimals."""
    found = np.empty(len(data), object)
    found[:] = [Decimal(value).scaleb(-scale) for value in data.tolist()]
    return found


def _within(work: Callable[[Any, Any], Decimal]) -> Any:
    """Null for what is out of FEEL's range, as its operators have it."""

    def one(a: Any, b: Any) -> Decimal | None:
        try:
            return work(a, b)
        except DecimalException:
            return None

    return np.frompyfunc(one, 2, 1)


_WORK = {
    "+": _within(EXACT.add), "-": _within(EXACT.subtract), "*": _within(EXACT.multiply), "/": _within(EXACT.divide),
}  # fmt: skip
_MISSING = np.frompyfunc(lambda value: value is None, 1, 1)
_MINUS = np.frompyfunc(EXACT.minus, 1, 1)


def computed(sign: str, a: Any, b: Any) -> tuple[Any, Any]:
    """The result of `+ - * /`, and where it is null; None for nowhere."""
    found = _WORK[sign](a, b)
    null = missing(found)
    if not null.any():
        return found, None
    found[null] = Decimal(0)
    return found, null


def missing(data: Any) -> npt.NDArray[np.bool_]:
    """Where there is no number."""
    return np.asarray(_MISSING(data), bool)


def negated(data: Any) -> Any:
    return _MINUS(data)
