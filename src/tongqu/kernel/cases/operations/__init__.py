"""The verbs of the case engine.

`drafts`: open, save and drop a draft, add and remove materials. `helping`: a clerk types it for somebody; the person
confirms it; a colleague takes it over. `upper`: the upper platform's number. `engine.act`: every act of the procedure,
one call.
`effects`: what each act changes besides the state. `timing`: what it does to the clocks.
`serving`: how the papers reach people, and the proof of it. `hearings`: the hearing.
"""

from tongqu.kernel.cases.operations.agreeing import agree_to_service, withdraw_from_service
from tongqu.kernel.cases.operations.bans import record_ban
from tongqu.kernel.cases.operations.drafts import (
    add_material,
    drop_draft,
    open_draft,
    refresh_facts,
    remove_material,
    save_draft,
)
from tongqu.kernel.cases.operations.engine import act
from tongqu.kernel.cases.operations.helping import change_helper, confirm_at_counter
from tongqu.kernel.cases.operations.merging import follow_merge
from tongqu.kernel.cases.operations.serving import make_service_receipt, open_paper, serve
from tongqu.kernel.cases.operations.upper import note_upper_number

__all__ = [
    "act",
    "add_material",
    "agree_to_service",
    "change_helper",
    "confirm_at_counter",
    "drop_draft",
    "make_service_receipt",
    "follow_merge",
    "note_upper_number",
    "open_draft",
    "open_paper",
    "record_ban",
    "refresh_facts",
    "remove_material",
    "save_draft",
    "serve",
    "withdraw_from_service",
]
