"""The staff's desk."""

from __future__ import annotations

from django.urls import path

from tongqu.faces.workbench.pages import (
    audit,
    checks,
    desk,
    documents,
    export,
    handover,
    jobs,
    messages,
    printing,
    search,
    service,
    supervision,
    views,
)
from tongqu.kernel.acts.networks import staff

app_name = "workbench"
urlpatterns = staff(
    path("", desk.front, name="front"),
    path("desk", desk.worklist_page, name="list"),
    path("desk/messages", messages.inbox, name="messages"),
    path("desk/messages/read", messages.read, name="messages_read"),
    path("desk/messages/<uuid:notice_id>", messages.onward, name="message"),
    path("desk/search", search.search, name="search"),
    path("desk/views", views.manage, name="views"),
    path("desk/export", export.export, name="export"),
    path("desk/handover", handover.everything, name="handover_all"),
    path("desk/print", printing.choose, name="print"),
    path("desk/print/<uuid:batch_id>", printing.batch, name="batch"),
    path("desk/print/<uuid:batch_id>/papers.pdf", printing.fetch, name="fetch"),
    path("desk/audit", audit.log, name="audit"),
    path("desk/jobs", jobs.overview, name="jobs"),
    path("desk/jobs/settle", jobs.settle, name="jobs_settle"),
    path("desk/checks", checks.checks, name="checks"),
    path("desk/checks/saved", checks.saved, name="saved_checks"),
    path("desk/checks/worker.js", checks.worker, name="check_worker"),
    path("desk/checks/<uuid:case_id>", checks.check, name="check"),
    path("desk/checks/<uuid:case_id>/state", checks.state, name="check_state"),
    path("desk/supervision", supervision.cards, name="supervision"),
    path("desk/supervision/export", supervision.export, name="supervision_export"),
    path("desk/supervision/warnings", supervision.warnings, name="warnings"),
    path("desk/supervision/<uuid:card_id>", supervision.card, name="card"),
    path("desk/service", service.waiting_page, name="services"),
    path("desk/documents", documents.kinds, name="documents"),
    path("desk/documents/numbering", documents.numbering, name="numbering"),
    path("desk/documents/templates/<uuid:template_id>", documents.template, name="template"),
    path("desk/documents/templates/<uuid:template_id>/cancel", documents.cancel, name="template_cancel"),
    path("desk/documents/<slug:procedure>/<slug:kind>", documents.versions, name="document_versions"),
    path("desk/cases/<uuid:case_id>/service", service.case_page, name="service"),
    path("desk/cases/<uuid:case_id>/service/agreement", service.agreement, name="service_agreement"),
    path("desk/cases/<uuid:case_id>/service/<uuid:document_id>/receipt", service.receipt, name="service_receipt"),
    path("desk/cases/<uuid:case_id>", desk.case, name="case"),
    path("desk/cases/<uuid:case_id>/take", desk.take, name="take"),
    path("desk/cases/<uuid:case_id>/handover", handover.one, name="handover"),
    path("desk/cases/<uuid:case_id>/papers.pdf", printing.case_papers, name="case_papers"),
    path("desk/cases/<uuid:case_id>/do/<slug:action>", desk.do, name="do"),
    path("desk/cases/<uuid:case_id>/reveal/<slug:name>", desk.reveal, name="reveal"),
    path("desk/cases/<uuid:case_id>/files/<uuid:material_id>", desk.file, name="file"),
    path("desk/cases/<uuid:case_id>/papers/<uuid:document_id>", desk.paper, name="paper"),
)
