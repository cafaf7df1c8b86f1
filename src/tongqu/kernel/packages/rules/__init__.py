"""What can be asked of a package. Pure: values in, values out; only `check` and `load` read files.

`check` and `run_tests` before publishing; `next_step` before the form; `visible_fields`, `required_fields`,
`effective`, `check_values` and `derived_values` while it is filled; `materials` and `site_check_needed` after. A
`Situation` is all that is known at once, with what the package's tables make of it.
"""

from tongqu.foundation.conditions import holds
from tongqu.kernel.packages.names import CASE_FACTS
from tongqu.kernel.packages.package import Package, text_in
from tongqu.kernel.packages.rules.checking import check, load
from tongqu.kernel.packages.rules.fields import (
    check_values,
    derived_values,
    effective,
    prefilled,
    required_fields,
    visible_fields,
)
from tongqu.kernel.packages.rules.json_schema import form_json_schema
from tongqu.kernel.packages.rules.materials import Material, all_materials, check_points, materials, site_check_needed
from tongqu.kernel.packages.rules.situations import Situation, tables_of
from tongqu.kernel.packages.rules.testing import TestResult, run_tests
from tongqu.kernel.packages.rules.triage import Answer, NextQuestion, Outcome, fills, next_step
from tongqu.kernel.packages.wording import Problem

__all__ = [
    "CASE_FACTS", "Answer", "Material", "NextQuestion", "Outcome", "Package", "Problem", "Situation",
    "TestResult", "all_materials", "check", "check_points", "check_values", "derived_values", "effective",
    "fills", "form_json_schema", "holds", "load", "materials", "next_step", "prefilled", "required_fields",
    "run_tests", "site_check_needed", "tables_of", "text_in", "visible_fields",
]  # fmt: skip
