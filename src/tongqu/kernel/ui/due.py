"""How a due date is shown: a shape, a tone and words, so that nobody depends on colour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongqu.kernel.acts.clock import SHANGHAI

SOON_DAYS = 2


@dataclass(frozen=True, slots=True)
class Due:
    """`level` orders lists: over, today, soon, fine, paused, done. `tone` is the tag's tone, `icon` its shape."""

    level: str
    tone: str
    icon: str
    text: str
    provisional: bool = False


def due(
    due_at: datetime | None,
    now: datetime,
    *,
    state: str = "running",
    left: int | None = None,
    provisional: bool = False,
) -> Due:
    """The badge for a clock. `left` is the number of working days left where the caller counted them; without it
    calendar days in Asia/Shanghai are counted. The words say which they are.
    `state`: running, paused, stopped, missed."""
    if state == "paused":
        return Due("paused", "civic", "paused", _("期限暂停计算"), provisional)
    if state == "stopped":
        return Due("done", "success", "check", _("已按时办结"), provisional)
    if state == "missed":
        return Due("over", "solid-danger", "due-over", _("已超过期限"), provisional)
    if due_at is None:
        return Due("fine", "", "due-fine", _("无期限"), provisional)
    days = _calendar_days(now, due_at)
    if now > due_at:
        late = max(-(days if left is None else left), 1)
        words = (
            ngettext("超期 %(n)s 个自然日", "超期 %(n)s 个自然日", late)
            if left is None
            else ngettext("超期 %(n)s 个工作日", "超期 %(n)s 个工作日", late)
        ) % {"n": late}
        return Due("over", "solid-danger", "due-over", words, provisional)
    if days == 0:
        return Due("today", "danger", "due-today", _("今天到期"), provisional)
    rest = days if left is None else left
    words = (
        ngettext("剩 %(n)s 个自然日", "剩 %(n)s 个自然日", rest)
        if left is None
        else ngettext("剩 %(n)s 个工作日", "剩 %(n)s 个工作日", rest)
    ) % {"n": rest}
    if rest <= SOON_DAYS:
        return Due("soon", "warning", "due-soon", words, provisional)
    return Due("fine", "", "due-fine", words, provisional)


def _calendar_days(now: datetime, due_at: datetime) -> int:
    return (due_at.astimezone(SHANGHAI).date() - now.astimezone(SHANGHAI).date()).days
