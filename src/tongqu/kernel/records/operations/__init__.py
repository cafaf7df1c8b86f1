"""The verbs of the records room: keep a file, make a paper, issue and revoke a licence, archive a case."""

from tongqu.kernel.records.operations.archives import archive_case
from tongqu.kernel.records.operations.disposal import dispose_archive, note_archive_due
from tongqu.kernel.records.operations.files import store_file
from tongqu.kernel.records.operations.papers import issue_licence, make_document, revoke_licence

__all__ = [
    "archive_case",
    "dispose_archive",
    "issue_licence",
    "make_document",
    "note_archive_due",
    "revoke_licence",
    "store_file",
]
