"""The staff's desk."""

from __future__ import annotations

from django.urls import path

from tongqu.faces.workbench.pages import audit, desk
from tongqu.kernel.acts.networks import staff

app_name = "workbench"
urlpatterns = staff(
    path("", desk.front, name="front"),
    path("desk", desk.worklist_page, name="list"),
    path("desk/audit", audit.log, name="audit"),
    path("desk/checks", desk.checks, name="checks"),
    path("desk/cases/<uuid:case_id>", desk.case, name="case"),
    path("desk/cases/<uuid:case_id>/do/<slug:action>", desk.do, name="do"),
    path("desk/cases/<uuid:case_id>/reveal/<slug:name>", desk.reveal, name="reveal"),
    path("desk/cases/<uuid:case_id>/files/<uuid:material_id>", desk.file, name="file"),
    path("desk/cases/<uuid:case_id>/papers/<uuid:document_id>", desk.paper, name="paper"),
)
