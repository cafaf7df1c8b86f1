"""Routes of the services room: guides for everybody, applying and one's own cases for those signed in, the counter."""

from __future__ import annotations

from django.urls import path

from tongqu.domains.services.pages import apply, cases, counter, counter_day, guides
from tongqu.domains.services.pages import public as published
from tongqu.kernel.acts.networks import public, staff

app_name = "services"
urlpatterns = public(
    path("services", guides.index, name="index"),
    path("services/<slug:code>", guides.guide, name="guide"),
    path("services/<slug:code>/triage", guides.triage, name="triage"),
    path("services/<slug:code>/start", apply.start, name="start"),
    path("my/cases", cases.mine, name="mine"),
    path("my/cases/<uuid:case_id>", cases.case, name="case"),
    path("my/cases/<uuid:case_id>/form/<slug:page_id>", apply.form_page, name="form"),
    path("my/cases/<uuid:case_id>/autosave", apply.autosave, name="autosave"),
    path("my/cases/<uuid:case_id>/materials", apply.materials, name="materials"),
    path("my/cases/<uuid:case_id>/materials/<uuid:material_id>/remove", apply.remove_material, name="remove_material"),
    path("my/cases/<uuid:case_id>/check", apply.check, name="check"),
    path("my/cases/<uuid:case_id>/drop", apply.drop, name="drop"),
    path("my/cases/<uuid:case_id>/do/<slug:action>", cases.do, name="do"),
    path("my/cases/<uuid:case_id>/service", cases.service, name="service"),
    path("my/cases/<uuid:case_id>/files/<uuid:material_id>", cases.file, name="file"),
    path("my/cases/<uuid:case_id>/licence", cases.licence, name="licence"),
    path("my/cases/<uuid:case_id>/papers/<uuid:document_id>", cases.paper, name="paper"),
    path("my/licences", cases.licences, name="licences"),
    path("progress", published.progress, name="progress"),
    path("decisions", published.decisions, name="decisions"),
    path("decisions/<str:case_no>", published.decision, name="decision"),
)
urlpatterns += staff(
    path("desk/counter", counter.home, name="counter"),
    path("desk/counter/devices", counter.devices, name="counter_devices"),
    path("desk/counter/daybook", counter_day.book, name="counter_daybook"),
    path("desk/counter/daybook.xlsx", counter_day.excel, name="counter_daybook_excel"),
    path("desk/counter/shift", counter_day.shift, name="counter_shift"),
    path("desk/counter/handovers/<uuid:handover_id>", counter_day.handover, name="counter_handover"),
    path("desk/counter/originals/<uuid:original_id>/return", counter.give_back, name="counter_return"),
    path("desk/counter/new/<slug:code>", counter.new, name="counter_new"),
    path("desk/counter/filings/<uuid:filing_id>", counter.file, name="counter_filing"),
    path("desk/counter/filings/<uuid:filing_id>/autosave", counter.autosave, name="counter_autosave"),
    path("desk/counter/filings/<uuid:filing_id>/files", counter.add_file, name="counter_files"),
    path(
        "desk/counter/filings/<uuid:filing_id>/files/<uuid:material_id>/remove", counter.remove, name="counter_remove"
    ),
    path("desk/counter/filings/<uuid:filing_id>/take", counter.take, name="counter_take"),
    path("desk/counter/filings/<uuid:filing_id>/drop", counter.drop, name="counter_drop"),
    path("desk/counter/filings/<uuid:filing_id>/code", counter.send_code, name="counter_code"),
    path("desk/counter/filings/<uuid:filing_id>/originals", counter.hold, name="counter_hold"),
    path("desk/counter/filings/<uuid:filing_id>/statement", counter.statement, name="counter_statement"),
    path("desk/counter/filings/<uuid:filing_id>/done", counter.done, name="counter_done"),
)
