"""How a card of supervision is called on the desk: its colour, what is owed, how late it is."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from tongqu.domains.services.queries import CLOCKS
from tongqu.kernel.acts.clock import now
from tongqu.kernel.cases.models import SupervisionCard
from tongqu.kernel.law import register
from tongqu.kernel.law.rules import china_date
from tongqu.kernel.ui.templatetags.ui import render_tag


def level(card: SupervisionCard) -> Any:
    """The colour as a tag, ready to be shown."""
    label, tone = (_("红牌"), "danger") if card.level == "red" else (_("黄牌"), "warning")
    return render_tag(label, tone)


def clock(card: SupervisionCard) -> str:
    """What is owed by the last day."""
    return str(CLOCKS.get(card.clock_name, lambda: card.clock_name)())


def late(card: SupervisionCard) -> str:
    """How many working days are left or over; of a closed card, how late the act was."""
    if card.state == "closed":
        return _("已办，超期%(n)d个工作日") % {"n": card.late} if card.late else _("已按期办结")
    calendar = register.calendar()
    left = calendar.working_between(china_date(now()), china_date(card.due_at))
    if card.level == "red":
        return _("已超%(n)d个工作日") % {"n": -left} if left < 0 else _("已超期")
    return _("还有%(n)d个工作日") % {"n": left} if left > 0 else _("今天到期")
