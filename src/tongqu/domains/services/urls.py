"""Routes of the services room: guides for everybody, applying and one's own cases for those signed in."""

from __future__ import annotations

from django.urls import path

from tongqu.domains.services.pages import apply, cases, guides
from tongqu.domains.services.pages import public as published
from tongqu.kernel.acts.networks import public

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
    path("my/cases/<uuid:case_id>/files/<uuid:material_id>", cases.file, name="file"),
    path("my/cases/<uuid:case_id>/licence", cases.licence, name="licence"),
    path("my/cases/<uuid:case_id>/papers/<uuid:document_id>", cases.paper, name="paper"),
    path("my/licences", cases.licences, name="licences"),
    path("decisions", published.decisions, name="decisions"),
    path("decisions/<str:case_no>", published.decision, name="decision"),
)
