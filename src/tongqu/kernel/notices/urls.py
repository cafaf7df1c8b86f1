"""Pages of this room. The outbox answers in the demonstration only."""

from __future__ import annotations

from django.urls import path

from tongqu.kernel.acts.networks import public
from tongqu.kernel.notices import pages

urlpatterns = public(
    path("my/notices", pages.mine, name="my_notices"),
    path("my/notices/read", pages.read_all, name="my_notices_read"),
    path("my/notices/<uuid:notice_id>", pages.one, name="my_notice"),
    path("announcements", pages.announcements, name="announcements"),
    path("demo/outbox", pages.outbox, name="demo_outbox"),
)
