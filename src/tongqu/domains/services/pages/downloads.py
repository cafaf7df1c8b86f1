"""Files and papers of a case, for whoever has been let in to it. Always as a download: nothing runs in our pages."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.cases.queries import CaseView
from tongqu.kernel.records import queries as records
from tongqu.kernel.ui import forms


def material(view: CaseView, material_id: UUID) -> HttpResponse:
    """Raises NotFound for a file that this reader may not have."""
    found = view.material(material_id)
    blob, data = records.blob(view.case.tenant_id, found.blob_id)
    return _download(data, blob.media_type, found.filename)


def paper(view: CaseView, document_id: UUID) -> HttpResponse:
    """Raises NotFound for a paper that this reader may not have."""
    if not view.has_paper(document_id):
        raise NotFound()
    document, pdf = records.document_pdf(view.case.tenant_id, document_id)
    return _download(pdf, "application/pdf", f"{forms.text(document.title)}.pdf")


def licence(view: CaseView) -> HttpResponse:
    """The licence that the case led to. Raises NotFound while there is none."""
    if view.licence_document_id is None:
        raise NotFound()
    return paper(view, view.licence_document_id)


def _download(data: bytes, media_type: str, filename: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
