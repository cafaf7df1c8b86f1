"""What background jobs and schedules are called, for whoever looks after the platform."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.jobs.registry import ScheduledFunction

NAMES = {
    "acts.forget_counts": _("清除过期的次数记录"),
    "acts.redeliver": _("补做事件的后续处理"),
    "acts.relay": _("分发事件"),
    "cases.archive": _("归档办件"),
    "cases.archive_ended": _("找出应当归档的办件"),
    "cases.fetch_upper_number": _("向上级平台取编号"),
    "cases.issue": _("制作并送达证照"),
    "cases.make_paper": _("制作文书"),
    "cases.remind_renewals": _("提醒延续证照"),
    "cases.warn": _("期限预警"),
    "identity.compact": _("删除后清理数据库"),
    "identity.drop_copies": _("删除过期的个人信息副本"),
    "identity.erase_leftovers": _("删除个人信息的残留"),
    "identity.make_copy": _("制作个人信息副本"),
    "identity.purge_qr_sign_ins": _("清除扫码登录记录"),
    "jobs.purge": _("清除已完成的任务"),
    "law.recount": _("重新计算期限"),
    "law.sweep": _("处理到期的期限"),
    "ledger.sign": _("签署存证账本"),
    "notices.send_email": _("发送邮件"),
    "notices.send_sms": _("发送短信"),
    "records.note_due_archives": _("找出到期的档案"),
    "records.sweep_orphans": _("清除没有归属的文件"),
    "workbench.clear_prints": _("清除打印文件"),
    "workbench.print": _("合并打印文件"),
}


def name(kind: str) -> str:
    """The kind itself where no name is known: a task of somebody else's code, a job of another version."""
    return str(NAMES.get(kind, kind))


def how_often(schedule: ScheduledFunction) -> str:
    if schedule.daily_at:
        return gettext("每天%(at)s") % {"at": schedule.daily_at.strftime("%H:%M")}
    seconds = round(schedule.seconds or 0)
    if seconds % 3600 == 0:
        return ngettext("每%(count)d小时", "每%(count)d小时", seconds // 3600) % {"count": seconds // 3600}
    if seconds % 60 == 0:
        return ngettext("每%(count)d分钟", "每%(count)d分钟", seconds // 60) % {"count": seconds // 60}
    return ngettext("每%(count)d秒", "每%(count)d秒", seconds) % {"count": seconds}
