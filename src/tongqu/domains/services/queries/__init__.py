"""What the pages of the services room draw: plain values made from packages, rules and cases."""

from tongqu.domains.services.queries.applying import (
    answers_of,
    check_context,
    form_context,
    materials_context,
    steps_of,
)
from tongqu.domains.services.queries.cases import (
    CLOCKS,
    TONES,
    card,
    case_context,
    decision_card,
    licence_card,
    path_of,
    timeline_of,
)
from tongqu.domains.services.queries.guides import answered, basis_of, guide_of, items, party_field, span

__all__ = [
    "CLOCKS",
    "TONES",
    "answered",
    "answers_of",
    "basis_of",
    "card",
    "case_context",
    "check_context",
    "decision_card",
    "form_context",
    "guide_of",
    "items",
    "licence_card",
    "materials_context",
    "party_field",
    "path_of",
    "span",
    "steps_of",
    "timeline_of",
]
