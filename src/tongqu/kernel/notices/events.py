"""The events of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

TOLD = declare("notices.told", _("发出了通知"), seen_by="party")
READ = declare("notices.read", _("查看了通知"), seen_by="party")
SENT = declare("notices.sent", _("短信或邮件已交付发送"))
DELIVERED = declare("notices.delivered", _("短信或邮件已送达"))
FAILED = declare("notices.failed", _("短信或邮件发送失败"))
RESENT = declare("notices.resent", _("重新发送了短信或邮件"))
