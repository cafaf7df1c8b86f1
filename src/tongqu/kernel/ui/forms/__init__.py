"""Forms drawn from a definition, and the one authority that checks what was posted. Pure: no database, no request.

The shape of a definition is `kernel/packages/schemas/form.schema.json`.

    sections = forms.build(definition, values, errors, provenance, "zh-Hans", page="premises")
    values, errors = forms.parse(definition, request.POST, page="premises", given=saved)

`drawing` makes what `ui/form.html` shows, `parsing` reads and checks, `reading` turns one field's text into its value,
`conditions` says which fields are shown, `cleaning` makes hostile Unicode safe, `loose` draws fields of no definition.
"""

from tongqu.kernel.ui.forms.definition import all_fields, page_ids, page_titles, text
from tongqu.kernel.ui.forms.drawing import Condition, Field, Group, Option, Section, build, field_id
from tongqu.kernel.ui.forms.loose import from_bound, single
from tongqu.kernel.ui.forms.parsing import parse, typed, unknown

__all__ = [
    "Condition",
    "Field",
    "Group",
    "Option",
    "Section",
    "all_fields",
    "build",
    "field_id",
    "from_bound",
    "page_ids",
    "page_titles",
    "parse",
    "single",
    "text",
    "typed",
    "unknown",
]
