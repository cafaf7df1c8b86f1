"""What the case itself knows, beside the form. Materials and parameters may depend on it; a form may not."""

CASE_FACTS: dict[str, frozenset[str]] = {
    "filed_by": frozenset({"self", "agent"}),
    "applicant_kind": frozenset({"person", "sole_trader", "firm", "branch", "public_body"}),
}
