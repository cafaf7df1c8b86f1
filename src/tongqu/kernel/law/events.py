"""What law puts on record."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

RULE_PUBLISHED = declare("law.rule_published", _("规则的一个版本已发布"), seen_by="public")
CLOCK_STARTED = declare("law.clock_started", _("法定期限开始计算"), seen_by="party")
CLOCK_PAUSED = declare("law.clock_paused", _("期限依法暂停计算"), seen_by="party")
CLOCK_RESUMED = declare("law.clock_resumed", _("期限恢复计算"), seen_by="party")
CLOCK_EXTENDED = declare("law.clock_extended", _("期限经批准延长"), seen_by="party")
CLOCK_STOPPED = declare("law.clock_stopped", _("期限计算结束"), seen_by="party")
CLOCK_MOVED = declare("law.clock_moved", _("节假日安排公布，期限重新计算"), seen_by="party")
CALENDAR_LOADED = declare("law.calendar_loaded", _("载入一年的节假日安排"), seen_by="public")
OVERLAY_LOADED = declare("law.overlay_loaded", _("一地另行设定一条规则"), seen_by="public")
OVERLAY_ENDED = declare("law.overlay_ended", _("一地另行设定的规则提前终止"), seen_by="public")
CLOCK_MISSED = declare("law.clock_missed", _("期限届满仍未办理"), seen_by="party")
