"""Tables of the services room: those of the counter."""

from tongqu.domains.services.counter.models import (
    DayLine,
    Filing,
    Handover,
    HandoverLine,
    HeldOriginal,
    Shift,
)

__all__ = ["DayLine", "Filing", "Handover", "HandoverLine", "HeldOriginal", "Shift"]
