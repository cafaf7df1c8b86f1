"""Which service items a mandate may name: identity asks, packages answers."""

from __future__ import annotations

from tongqu.kernel.packages import queries
from tongqu.kernel.ui import forms


class PublishedItems:
    """Port ItemsOffered."""

    def items(self) -> list[tuple[str, str]]:
        """The items in effect; 1 query, and one more for each version new to this process."""
        rows = [(row.code, forms.text(queries.version(row.id).title)) for row in queries.published()]
        return sorted(rows, key=lambda row: (row[1], row[0]))
