"""Pages of the register and of the calendar; loading a calendar is the staff's."""

from __future__ import annotations

from django.urls import path

from tongqu.kernel.acts.networks import both, staff
from tongqu.kernel.law.pages import calendars, overlays, rules

app_name = "law"

urlpatterns = [
    *both(
        path("law/rules", rules.rule_list, name="rules"),
        path("law/rules/<str:rule_id>", rules.rule_page, name="rule"),
        path("law/calendar", calendars.years, name="calendar"),
    ),
    *staff(
        path("desk/law/calendar", calendars.load, name="load_calendar"),
        path("desk/law/overlays", overlays.overlay_list, name="overlays"),
        path("desk/law/overlays/<uuid:overlay_id>/end", overlays.end, name="end_overlay"),
    ),
]
