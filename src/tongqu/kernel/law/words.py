"""The codes of the register in words for people. A code that is not listed is shown as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Text
from tongqu.kernel.law import explaining
from tongqu.kernel.law.rules import Rule, titled
from tongqu.kernel.ui import languages


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a rule was checked, said openly: a short label, what it means, and the tone of its mark."""

    code: str
    label: Text
    meaning: Text
    tone: str


TRUST = {
    "V": Trust("V", _("已核对原文"), _("条款和数字已与法规文本逐条核对。"), "success"),
    "P": Trust("P", _("部分核对"), _("见于官方通知、解读或者公开资料，尚未核对原文条款。"), "civic"),
    "M": Trust("M", _("待核对"), _("凭记忆填写，尚未核对原文，可由管理员更正。"), "warning"),
    "L": Trust("L", _("地方样板"), _("某地的规定或者做法，仅作样板，各地可以另行设定。"), ""),
}
RANKS: dict[str, Text] = {
    "law": _("法律"), "administrative_regulation": _("行政法规"), "party_regulation": _("党内法规"),
    "local_regulation": _("地方性法规"),
    "departmental_rule": _("部门规章"), "local_rule": _("地方政府规章"), "normative_document": _("规范性文件"),
    "standard": _("标准"), "practice": _("惯例"),
}  # fmt: skip
SUBJECTS: dict[str, Text] = {
    "organ": _("行政机关"), "lower_organ": _("负责初审的下级机关"), "applicant": _("申请人"),
    "licence_holder": _("被许可人"), "affected_party": _("利害关系人"), "platform": _("本平台"), "anyone": _("所有人"),
    "data_handler": _("数据处理者"),
    "operator": _("网络运营者"),
    "worker": _("劳动者"),
    "contractor": _("受托方"),
}  # fmt: skip
TRIGGERS: dict[str, Text] = {
    "birth": _("出生之日"),
    "materials_received": _("收到申请材料之日"), "acceptance": _("受理之日"), "decision": _("作出决定之日"),
    "decision_known": _("知道或者应当知道决定之日"), "hearing_right_told": _("被告知听证权利之日"),
    "hearing_asked": _("有人申请听证之日"), "hearing": _("举行听证之日"), "expiry": _("有效期届满之日"),
    "false_application_found": _("认定弄虚作假申请之日"), "licence_annulled": _("许可被撤销之日"),
    "negative_review": _("收到差评之日"), "supplement_requested": _("告知补正之日"),
    "public_notice": _("发出公告之日"),
    "check_assigned": _("接到现场核查任务之日"), "licence_revoked": _("许可证被吊销之日"),
    "record_made": _("记录形成之日"), "log_written": _("日志产生之日"),
    "particulars_changed": _("登记事项变化之日"),
    "agreement": _("签订协议之日"),
    "application_received": _("收到申请之日"),
    "case_filed": _("立案之日"),
    "catalogue_submitted": _("目录报送之日"),
    "check_made": _("检查之日"),
    "column_updated": _("栏目上次更新之日"),
    "consultation_received": _("收到征求意见书之日"),
    "contribution_begun": _("开始缴费之日"),
    "decision_changed": _("处罚决定变更、撤销之日"),
    "defect_found": _("发现安全缺陷之时"),
    "dispute_raised": _("提出争议之日"),
    "document_published": _("文件公开之日"),
    "doubt_reported": _("收到疑义反馈之日"),
    "draft_published": _("公开征求意见之日"),
    "duty_changed": _("依据或者职责变化之日"),
    "event_happened": _("事件发生之时"),
    "home_updated": _("首页上次更新之日"),
    "incident_ended": _("事件处置结束之日"),
    "incident_found": _("发现网络安全事件之时"),
    "incident_reported": _("收到事件报告之时"),
    "last_assessment": _("上一次评估之日"),
    "media_updated": _("新媒体上次更新之日"),
    "message_received": _("收到留言之日"),
    "operation_started": _("投入运行之日"),
    "opinion_found": _("发现舆情之时"),
    "opinion_received": _("收到意见书之日"),
    "order_dispatched": _("派单之日"),
    "outage_began": _("中断开始之时"),
    "petition_received": _("收到信访事项之日"),
    "project_completed": _("项目建成之日"),
    "recheck_asked": _("收到复查申请之日"),
    "registered": _("登记之日"),
    "retirement": _("本人选择的退休时间"),
    "retirement_age": _("达到法定退休年龄之日"),
    "review_asked": _("收到审查（复查、复核）请求之日"),
    "sharing_agreed": _("同意共享之日"),
    "sharing_asked": _("收到共享申请之日"),
    "supplement_told": _("告知补正之日"),
    "tampering_began": _("开始被篡改之时"),
    "year_ended": _("上一年度结束之日"),
}  # fmt: skip
BASES: dict[str, Text] = {"pilot": _("经授权试点"), "local": _("本地规定")}
NEEDS: dict[str, Text] = {
    "head": _("本机关负责人批准"), "disclosure_head": _("政府信息公开工作机构负责人同意"),
    "government_head": _("本级人民政府负责人批准"), "authority": _("主管部门同意"),
}  # fmt: skip
ON_MISS: dict[str, Text] = {
    "overdue": _("记为超期，纳入监督；没有其他法律后果"), "deemed_accepted": _("视为受理"),
    "deemed_served": _("视为送达"),
    "deemed_agreed": _("视为同意"),
    "organ_decides": _("由行政机关决定"),
    "deemed_given_up": _("视为放弃申请"), "deemed_renewed": _("视为准予延续"),
    "hearing_right_lapsed": _("没有在期限内申请听证，视为放弃听证"),
}  # fmt: skip
BOUNDS: dict[str, Text] = {"at_most": _("不超过"), "at_least": _("不少于"), "exactly": _("固定为"),
    "stated": _("由行政机关合理确定"),
}  # fmt: skip
COUNTS: dict[str, Text] = {
    "person": _("%(n)s人"), "level": _("%(n)s级"), "percent": _("%(n)s%%"), "digit": _("%(n)s位数字"),
    "item": _("%(n)s项"),
    "second": _("%(n)s秒"),
    "point": _("%(n)s分"),
    "yuan": _("%(n)s元"),
}  # fmt: skip
FAMILIES: dict[str, Text] = {
    "T": _("期限怎样计算"), "L": _("行政许可与在线服务"), "RM": _("复议与诉讼"), "SV": _("文书送达"), "G": _("好差评"),
    "FB": _("食品经营许可"), "D": _("公共数据与个人信息"), "N": _("网络安全"), "B": _("档案"),
    "S": _("政务数据共享"),
    "O": _("高效办成一件事与跨域办"),
    "I": _("政府信息公开"),
    "X": _("信访"),
    "H": _("12345热线"),
    "J": _("政务信息化项目"),
    "A": _("电子证照与电子印章"),
    "C": _("公文与重大决策"),
    "K": _("代码与元数据"),
    "WI": _("政府网站检查"),
    "WM": _("留言与政务舆情"),
    "EM": _("突发事件应对"),
    "CE": _("城市运行与网格"),
    "CP": _("民事主体与代理"),
    "RT": _("退休"),
    "FS": _("消防安全检查"),
    "NB": _("出生与生活服务"),
    "LT": _("地方样板"),
}  # fmt: skip


def english() -> bool:
    return languages.english()


def said(texts: Mapping[str, str] | None) -> str:
    """A language map in the language in force, Chinese where there is none."""
    return languages.said(texts)


def word(words: Mapping[str, Text], code: str | None) -> str:
    return str(words.get(code, code)) if code else ""


def instrument(rule: Rule) -> str:
    return rule.instrument_en if english() and rule.instrument_en else languages.ours(rule.instrument)


def source(rule: Rule) -> str:
    """《中华人民共和国行政许可法》第42条第1款, or Administrative Licensing Law, Article 42(1)."""
    if english() and rule.instrument_en:
        return f"{rule.instrument_en}{', ' if rule.article else ''}{article(rule.article)}"
    return languages.ours(rule.source)


def cited(rule: Rule) -> str:
    """Its source; of a rule set otherwise in a region the authorising document, and that from which it departs."""
    if (authority := rule.authority) is None:
        return source(rule)
    facts = {
        "place": rule.place, "base": source(rule),
        "document": languages.ours(titled(authority.instrument, authority.article)),
    }  # fmt: skip
    return str(_("%(document)s（%(place)s另行设定，代替%(base)s）")) % facts


def otherwise(rule: Rule) -> str:
    """For a rule set otherwise in a region, why and how long; empty for any other.

    “明川市经授权试点：《…决定》（某机关），2027-01-01至2028-12-31；代替L7@行政许可法-2019”
    """
    if (authority := rule.authority) is None:
        return ""
    facts = {
        "place": rule.place, "basis": word(BASES, authority.basis), "organ": authority.organ,
        "document": languages.ours(titled(authority.instrument, authority.article)), "base": authority.base,
        "start": rule.effective_from, "end": rule.effective_to or "…",
    }  # fmt: skip
    if rule.withdrawn:
        return str(_("%(place)s%(basis)s：%(document)s（%(organ)s），原定%(start)s起；没有生效就已撤回")) % facts
    return str(_("%(place)s%(basis)s：%(document)s（%(organ)s），%(start)s至%(end)s；代替%(base)s")) % facts


_CITED = re.compile(r"第(\d+)(?:条?至第?(\d+))?条(?:第(\d+)款)?(?:第(\d+)项)?")


def article(cited: str) -> str:
    """“第69条第1款第3项” as “Article 69(1), item 3” for a reader of English; anything unusual stays as it is cited."""
    cited = languages.ours(cited)
    parts = [_CITED.fullmatch(part) for part in cited.split("、")] if cited and english() else []
    numbers = []
    for part in parts:
        if part is None:
            return cited
        first, last, paragraph, item = part.groups()
        numbers.append(
            (f"{first}–{last}" if last else first)
            + (f"({paragraph})" if paragraph else "")
            + (f", item {item}" if item else "")
        )
    if not numbers:
        return cited
    several = len(numbers) > 1 or "–" in numbers[0]
    return f"{'Articles' if several else 'Article'} {', '.join(numbers)}"


def amount(rule: Rule, quantity: int | None = None) -> str:
    """“20个工作日”, “2人”; empty for a rule without a number."""
    number = rule.quantity if quantity is None else quantity
    if number is None:
        return ""
    if rule.is_period:
        zh, en = explaining.amount(number, rule.unit, rule.day_type)
        return en if english() else languages.ours(zh)
    return str(COUNTS[rule.unit]) % {"n": number} if rule.unit in COUNTS else str(number)
