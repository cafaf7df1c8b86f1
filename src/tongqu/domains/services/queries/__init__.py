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
    ENDINGS,
    TONES,
    card,
    case_context,
    decision_card,
    licence_card,
    path_of,
    periods_met,
    progress_context,
    timeline_of,
)
from tongqu.domains.services.queries.guides import (
    answered,
    basis_of,
    guide_of,
    items,
    party_field,
    rule_link,
    span,
    way_in,
)
from tongqu.domains.services.queries.papers import agreement_of, contestable, mode_name, papers_of, state_of
from tongqu.domains.services.queries.renewals import renewals_of

__all__ = [
    "CLOCKS",
    "ENDINGS",
    "agreement_of",
    "TONES",
    "answered",
    "answers_of",
    "basis_of",
    "card",
    "case_context",
    "check_context",
    "contestable",
    "decision_card",
    "form_context",
    "guide_of",
    "items",
    "progress_context",
    "renewals_of",
    "rule_link",
    "licence_card",
    "materials_context",
    "mode_name",
    "papers_of",
    "party_field",
    "path_of",
    "periods_met",
    "span",
    "state_of",
    "steps_of",
    "timeline_of",
    "way_in",
]
