"""The verbs of the records room: keep a file, make a paper, issue and end a licence, archive, templates."""

from tongqu.kernel.records.operations.archives import Packed, archive_case, file_archive, pack
from tongqu.kernel.records.operations.disposal import dispose_archive, note_archive_due
from tongqu.kernel.records.operations.files import filed_or_removed, store_file
from tongqu.kernel.records.operations.papers import (
    Drawn,
    draw_licence,
    draw_paper,
    end_licence,
    issue_licence,
    make_document,
    make_paper,
    note_renewal_open,
    replace_licence,
)
from tongqu.kernel.records.operations.templates import (
    cancel_template,
    discard_template,
    draft_template,
    publish_template,
    save_template,
    set_numbering,
    start_series,
)

__all__ = [
    "Drawn",
    "Packed",
    "archive_case",
    "cancel_template",
    "discard_template",
    "dispose_archive",
    "draft_template",
    "draw_licence",
    "draw_paper",
    "end_licence",
    "file_archive",
    "filed_or_removed",
    "issue_licence",
    "make_document",
    "make_paper",
    "note_archive_due",
    "note_renewal_open",
    "pack",
    "replace_licence",
    "publish_template",
    "save_template",
    "set_numbering",
    "start_series",
    "store_file",
]
