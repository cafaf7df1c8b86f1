"""The events of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

TOLD = declare("notices.told", _("发出了通知"), seen_by="party")
TOLD_STAFF = declare("notices.told_staff", _("给工作人员发出了消息"))
READ = declare("notices.read", _("查看了通知"), seen_by="party")
SENT = declare("notices.sent", _("短信或邮件已交付发送"))
DELIVERED = declare("notices.delivered", _("短信或邮件已送达"))
FAILED = declare("notices.failed", _("短信或邮件发送失败"))
RESENT = declare("notices.resent", _("重新发送了短信或邮件"))

SERVICE_DUE = declare("notices.service_due", _("文书待送达"))
SERVICE_SENT = declare("notices.service_sent", _("文书已寄出或者已委托送达"), seen_by="party")
SERVICE_FAILED = declare("notices.service_failed", _("文书没有送达"), seen_by="party")
SERVICE_ANNOUNCED = declare("notices.service_announced", _("公告送达文书"), seen_by="public")
SERVED = declare("notices.served", _("文书送达"), seen_by="party")
SERVICE_OPENED = declare("notices.service_opened", _("受送达人查看了文书"), seen_by="party")
