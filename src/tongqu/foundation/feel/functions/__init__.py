"""FEEL's built-in functions (DMN 1.5, 10.3.4), by name."""

from __future__ import annotations

from tongqu.foundation.feel.functions import (  # noqa: F401
    contexts,
    conversion,
    lists,
    moments,
    numeric,
    ranges,
    statistics,
    texts,
)
from tongqu.foundation.feel.functions.registry import built

BUILTINS = built()
