"""The public's home and search."""

from __future__ import annotations

from django.urls import path

from tongqu.faces.portal import views
from tongqu.kernel.acts.networks import public

app_name = "portal"
urlpatterns = public(
    path("", views.home, name="home"),
    path("search", views.search, name="search"),
)
