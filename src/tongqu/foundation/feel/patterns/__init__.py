"""Regular expressions of XPath, matched in time proportional to text and pattern, never by trying every way.

The language: XPath and XQuery Functions and Operators 3.1, 5.6.1 (XML Schema's, with anchors, lazy quantifiers, groups,
and the flags s m i x q). The engine simulates all ways at once (Thompson 1968, with captures after Pike), so that no
pattern and no text make it slow. Back-references alone cannot be matched so: they are tried one by one within a budget.
"""

from tongqu.foundation.feel.patterns.errors import PatternError, PatternTooCostly, PatternTooLarge
from tongqu.foundation.feel.patterns.pattern import Match, Pattern, compile_pattern

__all__ = ["Match", "Pattern", "PatternError", "PatternTooCostly", "PatternTooLarge", "compile_pattern"]
