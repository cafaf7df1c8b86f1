"""Pages of the ui room itself: preferences, the accessibility statement, the gallery and its sample pages."""

from __future__ import annotations

from django.urls import path

from tongqu.kernel.acts.networks import both
from tongqu.kernel.ui import views

app_name = "ui"

urlpatterns = both(
    path("preferences", views.set_preferences, name="preferences"),
    path("accessibility", views.accessibility, name="accessibility"),
    path("ui/gallery", views.gallery, name="gallery"),
    path("ui/sample/<slug:name>", views.sample, name="sample"),
)
