"""Invented values for the gallery and the sample pages. Nothing here reads the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Conflict
from tongqu.kernel.acts.paging import Page
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.navigation import Drawn


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh-Hans": zh, "en": en}


DEFINITION: dict[str, Any] = {
    "pages": [
        {
            "id": "premises",
            "title": _both("经营场所", "Premises"),
            "sections": [
                {
                    "id": "holder",
                    "title": _both("经营者信息", "The business"),
                    "intro": _both("以下内容由登记部门提供，您不需要填写。", "From the register; nothing to fill in."),
                    "fields": [
                        {"name": "holder_name", "element": "firm.name", "label": _both("名称", "Name"),
                         "widget": "text", "prefill": "firm.name"},
                        {"name": "holder_code", "element": "firm.code", "widget": "text", "prefill": "firm.code",
                         "label": _both("统一社会信用代码", "Unified social credit code")},
                        {"name": "holder_scope", "element": "firm.scope", "widget": "text", "prefill": "firm.scope",
                         "label": _both("经营范围", "Business scope")},
                    ],
                },
                {
                    "id": "place",
                    "title": _both("经营场所和业态", "Place and kind of business"),
                    "fields": [
                        {"name": "kind", "element": "food.kind", "widget": "radio", "required": True,
                         "label": _both("主体业态", "Kind of business"),
                         "options": [
                             {"value": "sale", "label": _both("食品销售", "Food sales"),
                              "hint": _both("超市、便利店、食杂店", "Supermarket, shop")},
                             {"value": "catering", "label": _both("餐饮服务", "Catering"),
                              "hint": _both("饭馆、小吃店、饮品店", "Restaurant, snack bar, drinks")},
                             {"value": "canteen", "label": _both("集中用餐单位食堂", "Canteen")},
                         ]},
                        {"name": "items", "element": "food.items", "widget": "checkboxes",
                         "required": {"when": {"field": "kind", "equals": "catering"}},
                         "show": {"field": "kind", "in": ["catering", "canteen"]},
                         "label": _both("经营项目", "Items"),
                         "options": [
                             {"value": "hot", "label": _both("热食类制售", "Hot food")},
                             {"value": "cold", "label": _both("冷食类制售", "Cold food")},
                             {"value": "drink", "label": _both("自制饮品制售", "Own drinks")},
                         ]},
                        {"name": "address", "element": "food.address", "widget": "text", "required": True,
                         "label": _both("经营场所地址", "Address of the premises"), "max_length": 100,
                         "help": _both("写到门牌号，例如：清溪路 18 号 1 层 103 室", "With the house number")},
                        {"name": "district", "element": "food.district", "widget": "region", "required": True,
                         "label": _both("所在区县", "District")},
                        {"name": "area", "element": "food.area", "widget": "number", "required": True, "min": "1",
                         "max": "99999", "label": _both("经营面积", "Floor area"), "unit": _both("平方米", "m²")},
                        {"name": "opening", "element": "food.opening", "widget": "date",
                         "label": _both("计划开业日期", "Planned opening")},
                        {"name": "phone", "element": "person.phone", "widget": "phone", "required": True,
                         "label": _both("联系电话", "Phone"),
                         "help": _both("用于通知办理进展，只给经办人看", "For news of your case; officers only")},
                        {"name": "note", "element": "food.note", "widget": "textarea", "max_length": 500,
                         "label": _both("其他说明", "Anything else")},
                    ],
                },
            ],
        }
    ]
}  # fmt: skip

VALUES: dict[str, Any] = {
    "holder_name": "明川市望江区周记小面馆",
    "holder_code": "92991102MA0000000X",
    "holder_scope": "餐饮服务",
    "kind": "catering",
    "items": ["hot"],
    "address": "",
    "area": "四十八",
    "phone": "139 0000 0000",
}


def _provenance() -> dict[str, Any]:
    register = {"label": _("法人登记信息"), "as_of": date(2026, 11, 20)}
    return {name: register for name in ("holder_name", "holder_code", "holder_scope")}


CHOICES = {
    "district": [
        {"value": "990102000000", "label": "望江区", "group": "市辖区"},
        {"value": "990103000000", "label": "云门区", "group": "市辖区"},
        {"value": "990121000000", "label": "清溪县", "group": "县"},
    ]
}


def _sections(lang: str | None = None) -> dict[str, Any]:
    _values, errors = forms.parse(DEFINITION, VALUES, choices=CHOICES, given=VALUES, lang=lang)
    return {"sections": forms.build(DEFINITION, VALUES, errors, _provenance(), lang, choices=CHOICES), "errors": errors}


def _due(days: float) -> datetime:
    return now() + timedelta(days=days)


def _explanation() -> dict[str, Any]:
    off = {date(2026, 11, 28), date(2026, 11, 29), date(2026, 12, 5), date(2026, 12, 6)}
    first = date(2026, 11, 23)
    days = [
        {"date": day, "counted": day not in off, "text": "" if day not in off else _("周末")}
        for day in (first + timedelta(days=n) for n in range(12))
    ]
    return {
        "summary": _("自受理次日起算 10 个工作日，周末和法定节假日不计。"),
        "rule": _("食品经营许可和备案管理办法第二十一条"), "rule_url": "/law/rules/FB2", "days": days,
    }  # fmt: skip


def _history() -> list[dict[str, Any]]:
    return [
        {"at": datetime(2026, 11, 20, 2, 4, tzinfo=UTC), "title": _("提交申请"), "by": "周明兰"},
        {"at": datetime(2026, 11, 20, 7, 31, tzinfo=UTC), "title": _("一次性告知补正"), "by": _("综合窗口"),
         "text": _("请补充设备布局图，标明粗加工区和洗消区。"), "rule": "L2", "rule_url": "/law/rules/L2"},
        {"at": datetime(2026, 11, 21, 1, 12, tzinfo=UTC), "title": _("受理"), "by": _("综合窗口"),
         "rule": "L1", "rule_url": "/law/rules/L1", "tone": "current"},
    ]  # fmt: skip


def _steps() -> list[dict[str, Any]]:
    return [
        {"title": _("申请"), "text": _("网上提交，或到窗口由工作人员代填。"), "state": "done"},
        {"title": _("受理"), "time": _("5 个工作日内一次告知"), "state": "done"},
        {"title": _("现场核查"), "time": _("5 个工作日"), "text": _("两名以上执法人员到店核查，您需要在场。"), "state": "now"},
        {"title": _("决定"), "time": _("受理后 10 个工作日"), "state": "ahead"},
        {"title": _("发证"), "time": _("5 个工作日"), "text": _("电子证照自动发到您的账户。"), "state": "ahead"},
    ]  # fmt: skip


def _tag(text: str, tone: str) -> SafeString:
    from tongqu.kernel.ui.templatetags.ui import render_tag

    return render_tag(text, tone)


def _worklist() -> dict[str, Any]:
    from tongqu.kernel.ui.templatetags.ui import render_due

    rows = [
        ("MC2611200017", _("食品经营许可（新办）"), "周记小面馆", _("待受理"), "danger", _due(-2.2), "over"),
        ("MC2611210004", _("食品经营许可（新办）"), "望江楼茶社", _("待受理"), "civic", _due(0.01), "today"),
        ("MC2611190032", _("食品经营许可（新办）"), "阿依古丽·买买提抓饭馆", _("待现场核查"), "civic", _due(1.5), "soon"),
        ("MC2611180026", _("食品经营许可（新办）"), "明川市第三小学食堂", _("待决定"), "civic", _due(6), ""),
        ("MC2611170011", _("食品经营许可（新办）"), "清溪豆腐坊", _("待申请人补正"), "warning", None, ""),
    ]
    return {
        "columns": [{"label": _("办件编号")}, {"label": _("事项")}, {"label": _("申请人")}, {"label": _("状态")}, {"label": _("期限")}],
        "rows": [
            {
                "cells": [no, item, who, _tag(state, tone), render_due(due, state="paused" if due is None else "running")],
                "url": "#", "level": level,
            }
            for no, item, who, state, tone, due, level in rows
        ],
    }  # fmt: skip


def gallery() -> dict[str, Any]:
    """Everything /ui/gallery shows."""
    return {
        **_sections(),
        "explanation": _explanation(),
        "history": _history(),
        "steps": _steps(),
        "guide_steps": [{k: v for k, v in step.items() if k != "state"} for step in _steps()],
        "worklist": _worklist(),
        "dues": [_due(-2.2), _due(0.01), _due(1.5), _due(6)],
        "facts": [
            {"label": _("申请人"), "value": "周记小面馆", "provenance": {"label": _("法人登记信息"), "as_of": date(2026, 11, 20)}},
            {"label": _("经营面积"), "value": _("48 平方米"), "action_url": "#", "action_label": _("修改")},
            {"label": _("联系电话"), "value": "139****0000", "note": _("只给经办人看")},
        ],
        "form_steps": [_("资格自查"), _("经营场所"), _("上传材料"), _("核对提交")],
        "tabs": [
            {"key": "todo", "label": _("待办"), "url": "?tab=todo", "count": 12},
            {"key": "doing", "label": _("在办"), "url": "?tab=doing", "count": 3},
            {"key": "done", "label": _("已办结"), "url": "?tab=done"},
        ],
        "files": [
            {"name": "设备布局图.pdf", "url": "#", "size": 482133, "at": _due(-1), "state": _("已查验"), "tone": "success", "remove_url": "#"},
            {"name": "后厨照片（一）很长很长的文件名用来看看会不会把版面撑破.jpg", "size": 2482133, "state": _("正在查验"), "tone": "civic"},
        ],
        "cards": home()["services"],
        "page": Page(rows=[], next="eyJuZXh0IjoxfQ"),
        "flash_samples": [{"level_tag": "success", "text": _("已保存")}, {"level_tag": "error", "text": _("没有保存，请重试")}],
    }  # fmt: skip


def home() -> dict[str, Any]:
    """The front page, as the portal may fill it."""
    return {
        "hero": {
            "action": "/search",
            "words": [{"label": w, "url": f"/search?q={w}"} for w in (_("开饭馆"), _("新生儿"), _("退休"), _("居住证"), _("公积金"))],
        },
        "all_url": "/services",
        "services": [
            {"title": _("食品经营许可（新办）"), "url": "/services/food-licence", "icon": "bowl",
             "text": _("开饭馆、小吃店、食堂、超市"), "foot": [_("承诺 8 个工作日"), _("不收费")]},
            {"title": _("个体工商户设立登记"), "url": "#a", "icon": "store", "text": _("当场办结，一次不用跑"), "foot": [_("即办"), _("不收费")]},
            {"title": _("居住证办理"), "url": "#b", "icon": "house", "text": _("在明川居住半年以上"), "foot": [_("承诺 10 日")]},
            {"title": _("城乡居民基本医疗保险参保"), "url": "#c", "icon": "heart", "text": _("每年 9 月至 12 月集中参保"), "foot": [_("即办")]},
            {"title": _("老年人优待证"), "url": "#d", "icon": "elder", "text": _("年满 60 周岁自动发放，不用申请"), "foot": [_("免申即享")]},
            {"title": _("公积金提取"), "url": "#e", "icon": "work", "text": _("租房、购房、退休"), "foot": [_("承诺 3 日")]},
        ],
        "life_events": [
            {"label": _("开办餐饮店"), "url": "#f", "icon": "bowl"}, {"label": _("新生儿出生"), "url": "#g", "icon": "child"},
            {"label": _("入学"), "url": "#h", "icon": "school"}, {"label": _("就业"), "url": "#i", "icon": "work"},
            {"label": _("二手房转移"), "url": "#j", "icon": "house"}, {"label": _("退休"), "url": "#k", "icon": "elder"},
        ],
        "my_cases": [
            {"title": _("食品经营许可（新办）"), "url": "#l", "text": "MC2611210004", "tag": _("审查中"), "tone": "civic", "foot": [_("12月4日前决定")]},
        ],
        "my_cases_url": "/my/cases",
        "notices": [
            {"title": _("元旦假期各政务服务大厅办理时间安排"), "url": "#m", "at": date(2026, 11, 20)},
            {"title": _("关于调整望江区综合窗口地址的公告"), "url": "#n", "at": date(2026, 11, 18)},
            {"title": _("食品经营许可办理指南更新说明"), "url": "#o", "at": date(2026, 11, 12)},
        ],
    }  # fmt: skip


def _menus() -> dict[str, Any]:
    """Menus as a full node would have them, so that the sample pages show the whole frame."""

    def entries(*rows: tuple[str, str, int]) -> list[Drawn]:
        return [Drawn(f"{n}", label, "#", icon, n == 1, count) for n, (label, icon, count) in enumerate(rows)]

    return {
        "public": entries((_("首页"), "home", 0), (_("办事"), "apply", 0), (_("办件"), "case", 0), (_("消息"), "bell", 2), (_("我的"), "user", 0)),
        "staff": entries((_("总览"), "home", 0), (_("工作清单"), "inbox", 12), (_("现场核查"), "camera", 2), (_("办件查询"), "search", 0), (_("统计"), "list", 0)),
        "account": entries(("周明兰", "user", 0), (_("退出"), "", 0)),
        "footer": entries((_("法规规则"), "", 0), (_("无障碍说明"), "", 0), (_("联系我们"), "", 0)),
    }  # fmt: skip


def page(name: str) -> dict[str, Any] | None:
    """The context of a sample page; None for an unknown name."""
    found = _page(name)
    return None if found is None else {"menus": _menus(), **found}


def _page(name: str) -> dict[str, Any] | None:
    match name:
        case "home":
            return home()
        case "desk" | "case" | "guide":
            return gallery()
        case "form":
            return {**_sections(), "form_steps": gallery()["form_steps"]}
        case "conflict":
            return {"error": Conflict(), "back_url": "/", "typed": ["同意受理", "材料齐全"], "problems": {}, "rule_id": ""}
        case "confirm":
            return {
                "title": _("确定撤回这份申请吗？"), "text": _("撤回后办理终止，需要时可以重新申请。"), "danger": True,
                "facts": gallery()["facts"], "label": _("撤回申请"), "cancel_url": "/", "action": "/ui/sample/confirm", "fields": [],
            }  # fmt: skip
    return None
