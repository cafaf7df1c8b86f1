"""Public pages of the register."""

from __future__ import annotations

from django.urls import path

from tongqu.kernel.acts.networks import both
from tongqu.kernel.law.pages import rules

app_name = "law"

urlpatterns = both(
    path("law/rules", rules.rule_list, name="rules"),
    path("law/rules/<str:rule_id>", rules.rule_page, name="rule"),
)
