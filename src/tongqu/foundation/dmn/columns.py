"""Decisions over columns with numpy: one answer for each row, the same as the table gives that row alone.

Needs the extra `columns`. Rows whose numbers no column holds exactly are decided one by one, as is everything for which
a table has no plan or an expression no lane; the answer says how many and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongqu.foundation.dmn.column_expressions import Facts
from tongqu.foundation.dmn.deciding import Answers, Ready, one_by_one
from tongqu.foundation.dmn.lanes import NotColumns
from tongqu.foundation.dmn.plan import NoPlan, Plan, plan_of
from tongqu.foundation.dmn.tables import CompiledTable
from tongqu.foundation.dmn.vectors import Coded, Codes, Computed, Days, Mixed, Numbers, Vector, facts_of, length, vector
from tongqu.foundation.feel.running import Frame, Run

__all__ = ["Answers", "Coded", "ColumnTable", "Computed", "Days", "Mixed", "Numbers", "facts_of", "vector"]


@dataclass(slots=True)
class ColumnTable:
    """A compiled table ready to decide columns."""

    table: CompiledTable
    ready: Ready | None = None
    why: str = ""

    def __post_init__(self) -> None:
        try:
            self.ready = Ready(plan_of(self.table))
        except NoPlan as error:
            self.why = str(error)

    @property
    def plan(self) -> Plan | None:
        return self.ready.plan if self.ready is not None else None

    def decide(self, facts: Mapping[str, Any] | Any, *, threads: int = 2, missing: str = "unknown") -> Answers:
        """An answer for each row. `facts`: columns by the path of the fact; one that is not there is unknown to all. Or
        an Arrow stream (see `arrow`), in which null is what `missing` says. Raises NotArrow.
        """
        if hasattr(facts, "__arrow_c_stream__"):
            from tongqu.foundation.dmn.arrow import columns_of

            facts = columns_of(facts, wanted=self._reads, missing=missing, threads=threads)
        columns = {name: vector(values) for name, values in facts.items()}
        rows = max((length(one) for one in columns.values()), default=0)

        def one(row: int) -> Any:
            return self.one(columns, row)

        if self.ready is None:
            return one_by_one(one, rows, self.why)
        try:
            return self.ready.decided(Facts(columns, rows, self.ready.paths()), one, threads)
        except NotColumns as error:
            return one_by_one(one, rows, str(error))

    def _reads(self, path: str) -> bool:
        """Whether the table may read a fact of this path."""
        roots = {one[0] for one in self.ready.paths()} if self.ready is not None else None
        return roots is None or path.split(".")[0] in roots

    def looked_up(self, states: Sequence[Codes], rows: int) -> Codes:
        """The outcome's number for each row, by the state of each input."""
        assert self.ready is not None
        return self.ready.looked_up(states, rows)

    def one(self, columns: Mapping[str, Vector], row: int) -> Any:
        """The table's own answer for a row."""
        return self.table.work(Frame(facts_of(columns, row), Run()))
