"""Event kinds of the case engine. Bodies carry ids and codes only."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

OPENED = declare("cases.opened", _("开始填写申请"), seen_by="party")
DRAFT_SAVED = declare("cases.draft_saved", _("保存草稿"), seen_by="party")
DRAFT_DROPPED = declare("cases.draft_dropped", _("删除草稿"), seen_by="party")
MATERIAL_ADDED = declare("cases.material_added", _("上传材料"), seen_by="party")
MATERIAL_REMOVED = declare("cases.material_removed", _("移除材料"), seen_by="party")

CONFIRMED = declare("cases.confirmed_at_counter", _("申请人确认了窗口代为录入的内容"), seen_by="party")
HANDED_OVER = declare("cases.helper_changed", _("代为录入的窗口人员变更"), seen_by="party")
UPPER_NUMBERED = declare("cases.upper_numbered", _("取得上级平台编号"), seen_by="party")
UPPER_SILENT = declare("cases.upper_silent", _("上级平台没有给出编号，已按本级编号收件"), seen_by="party")

SUBMITTED = declare("cases.submit", _("提交申请，政府收件"), seen_by="public")
WITHDRAWN = declare("cases.withdraw", _("申请人撤回申请"), seen_by="public")
SUPPLIED = declare("cases.supply", _("申请人提交补正"), seen_by="public")
RATED = declare("cases.rate", _("申请人评价"), seen_by="party")
ACCEPTED = declare("cases.accept", _("受理"), seen_by="public")
CORRECTION_ALLOWED = declare("cases.allow_correction", _("告知可以当场更正"), seen_by="party")
CORRECTED = declare("cases.correct", _("申请人当场更正"), seen_by="party")
CORRECTED_IN_PERSON = declare("cases.correct_in_person", _("申请人到窗口当场更正，由窗口代为录入"), seen_by="party")
SUPPLIED_IN_PERSON = declare("cases.supply_in_person", _("申请人到窗口补正，由窗口代为录入"), seen_by="public")
WITHDRAWN_IN_PERSON = declare("cases.withdraw_in_person", _("申请人到窗口撤回申请"), seen_by="public")
HEARING_ASKED_IN_PERSON = declare("cases.ask_hearing_in_person", _("申请人到窗口申请听证"), seen_by="party")
SUPPLEMENT_REQUESTED = declare("cases.request_supplement", _("一次性告知补正"), seen_by="party")
SUPPLEMENT_REPEATED = declare("cases.remind_supplement", _("重申未补齐的内容"), seen_by="party")
NOT_ACCEPTED = declare("cases.not_accept", _("不予受理"), seen_by="public")
CHECK_ASSIGNED = declare("cases.assign_check", _("指派现场核查"), seen_by="party")
CHECK_RECORDED = declare("cases.record_check", _("填写现场核查记录"))
CHECK_SIGNED = declare("cases.sign_check", _("核查人员签署核查记录"), seen_by="party")
RECTIFICATION_ORDERED = declare("cases.order_rectification", _("要求限期整改"), seen_by="party")
RECTIFICATION_CONFIRMED = declare("cases.confirm_rectification", _("复查整改情况"), seen_by="party")
OPINION_GIVEN = declare("cases.give_opinion", _("提出审查意见"))
PAUSED = declare("cases.pause", _("转入特别程序，审查期限暂停"), seen_by="party")
RESUMED = declare("cases.resume", _("特别程序结束，审查期限继续"), seen_by="party")
EXTENDED = declare("cases.extend", _("批准延长审查期限"), seen_by="party")
GRANTED = declare("cases.grant", _("作出准予许可决定"), seen_by="public")
REFUSED = declare("cases.refuse", _("作出不予许可决定"), seen_by="public")
ISSUED = declare("cases.issue", _("制发许可证"), seen_by="public")
DELIVERED = declare("cases.deliver", _("送达"), seen_by="public")
ARCHIVED = declare("cases.archive", _("归档"), seen_by="party")
DEEMED_ACCEPTED = declare("cases.deem_accepted", _("逾期未告知，依法视为受理"), seen_by="public")
DEEMED_RENEWED = declare("cases.deem_renewed", _("有效期届满前没有作出决定，依法视为准予延续"), seen_by="public")
DEEMED_GIVEN_UP = declare("cases.deem_given_up", _("逾期未补正，视为放弃申请"), seen_by="public")
WARNED = declare("cases.warned", _("办理期限将满，发出黄牌"))
WARNING_LIFTED = declare("cases.warning_lifted", _("期限依法顺延，黄牌撤下"))
SETTLED = declare("cases.card_closed", _("该办的事已办，督办销号"))
EXPLAINED = declare("cases.overdue_explained", _("说明超期的原因"), seen_by="party")
WARNING_SET = declare("cases.warning_days_set", _("设定提前几天预警"))
OVERDUE = declare("cases.overdue", _("超过办理期限，已记入督办"), seen_by="party")

COMPLIED = declare("cases.comply", _("按请求办理并答复"), seen_by="party")
DECLINED = declare("cases.decline", _("对请求作出不予办理的答复"), seen_by="party")
ERASURE_APPROVED = declare("cases.approve_erasure", _("同意删除个人信息"), seen_by="party")
ERASED = declare("cases.erase", _("执行删除个人信息"))

RECEIPT_CONFIRMED = declare("cases.confirm_receipt", _("与申请人确认收到申请并登记"), seen_by="public")
MORE_TIME_ALLOWED = declare("cases.allow_more_time", _("申请人有正当理由，延长补正期限"), seen_by="party")
THIRD_PARTY_ASKED = declare(
    "cases.consult_third_party", _("书面征求第三方意见，所需时间不计入答复期限"), seen_by="party"
)
CO_MAKER_ASKED = declare("cases.consult_co_maker", _("征求共同制作机关意见，所需时间不计入答复期限"), seen_by="party")
CONSULTATION_RECEIVED = declare("cases.note_consultation_received", _("被征求意见方收到征求意见书"))
CONSULTATION_ANSWERED = declare("cases.note_consultation_answer", _("收到对征求意见的答复"), seen_by="party")
CONSULTATION_CALLED_OFF = declare("cases.call_off_consultation", _("不再征求意见"), seen_by="party")
THIRD_PARTY_SILENT = declare(
    "cases.third_party_silent", _("第三方逾期没有提出意见，由行政机关决定是否公开"), seen_by="party"
)
CO_MAKER_SILENT = declare("cases.co_maker_silent", _("被征求意见的机关逾期没有提出意见，视为同意公开"), seen_by="party")
DISCLOSED = declare("cases.disclose", _("答复：予以公开"), seen_by="party")
DISCLOSED_OVER_OBJECTION = declare(
    "cases.disclose_overriding", _("答复：因公共利益决定公开第三方不同意公开的信息"), seen_by="party"
)
PARTLY_DISCLOSED = declare("cases.disclose_part", _("答复：部分公开"), seen_by="party")
WITHHELD = declare("cases.withhold", _("答复：不予公开"), seen_by="party")
ANSWERED_OTHERWISE = declare("cases.answer_otherwise", _("答复政府信息公开申请"), seen_by="party")

ACT_REFUSED = declare("cases.act_refused", _("拒绝了一次不合规定的操作"))
BANNED = declare("cases.ban_recorded", _("记入再次申请限制"))
DOCUMENT_FAILED = declare("cases.document_failed", _("文书制作失败，待处理"))
ANNULLED = declare("cases.annul", _("撤销许可"), seen_by="public")
RETRACTED = declare("cases.retract", _("撤回许可"), seen_by="public")
DEREGISTERED = declare("cases.deregister", _("注销许可"), seen_by="public")
HEARING_TOLD = declare("cases.tell_hearing", _("告知听证权利"), seen_by="party")
HEARING_ASKED = declare("cases.ask_hearing", _("申请听证"), seen_by="party")
HEARING_WAIVED = declare("cases.waive_hearing", _("放弃听证"), seen_by="party")
HEARING_SET = declare("cases.set_hearing", _("通知听证的时间和地点"), seen_by="party")
HEARING_HELD = declare("cases.record_hearing", _("举行听证并记录"), seen_by="party")

TAKEN = declare("cases.taken", _("工作人员认领办件"))
GIVEN_BACK = declare("cases.given_back", _("办件退回单位待认领"))
SERVICE_AGREED = declare("cases.service_agreed", _("同意电子送达"), seen_by="party")
SERVICE_WITHDRAWN = declare("cases.service_withdrawn", _("撤回电子送达的同意"), seen_by="party")
PASSED_ON = declare("cases.handed_over", _("办件转交给同事"))
PARTY_MERGED = declare("cases.party_merged", _("当事人的重复登记已合并"), seen_by="party")
BANS_MERGED = declare("cases.bans_merged", _("重复登记合并后，再次申请限制随之转移"))
