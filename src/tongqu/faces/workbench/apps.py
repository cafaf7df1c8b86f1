from __future__ import annotations

from collections.abc import Callable

from django.apps import AppConfig
from django.http import HttpRequest


class WorkbenchConfig(AppConfig):
    name = "tongqu.faces.workbench"
    label = "workbench"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from tongqu.faces.workbench import events, held, middleware, work  # noqa: F401
        from tongqu.kernel.ui import navigation

        held.register()
        entries = [
            ("list", _("工作清单"), "list", "cases.read"),
            ("supervision", _("期限督办"), "clock", "cases.read"),
            ("checks", _("现场核查"), "pin", "cases.record_check"),
            ("services", _("文书送达"), "file", "cases.deliver"),
            ("documents", _("文书文本"), "file", "documents.*"),
            ("audit", _("读取记录"), "eye", "audit.read"),
            ("jobs", _("后台任务"), "refresh", "jobs.manage"),
        ]
        navigation.add(
            "staff",
            key="messages",
            label=_("消息"),
            url="workbench:messages",
            icon="bell",
            order=1,
            shown=_staff,
            count=_unread,
        )
        for order, (key, label, icon, verb) in enumerate(entries):
            navigation.add(
                "staff", key=key, label=label, url=f"workbench:{key}", icon=icon, order=order, shown=_who_may(verb)
            )


def _staff(request: HttpRequest) -> bool:
    return bool(request.actor.is_staff)  # type: ignore[attr-defined]


def _unread(request: HttpRequest) -> int:
    """Kept beside the account, which every request reads anyway."""
    return int(request.user.unread)  # type: ignore[union-attr]


def _who_may(verb: str) -> Callable[[HttpRequest], bool]:
    """Shows a menu entry to those who have the right somewhere; their grants are known by then, so it costs nothing."""
    verbs = ("documents.edit_templates", "documents.publish_template") if verb == "documents.*" else (verb,)
    return lambda request: any(request.actor.units_for(one) != frozenset() for one in verbs)  # type: ignore[attr-defined]
