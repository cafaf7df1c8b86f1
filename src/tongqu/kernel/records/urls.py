"""Public verification, at the short address that is printed on each paper."""

from __future__ import annotations

from django.urls import path

from tongqu.kernel.acts.networks import both
from tongqu.kernel.records.pages import verify

app_name = "records"

urlpatterns = both(
    path("v", verify.ask, name="ask"),
    path("v/<str:token>.json", verify.proof, name="proof"),
    path("v/<str:token>", verify.result, name="verify"),
)
