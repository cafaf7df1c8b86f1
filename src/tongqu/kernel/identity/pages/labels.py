"""Words for kinds of party and mandate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongqu.kernel.acts.clock import SHANGHAI, now
from tongqu.kernel.acts.errors import Text
from tongqu.kernel.identity import rules
from tongqu.kernel.identity.models import Mandate
from tongqu.kernel.identity.queries import Standing

PARTY_KINDS: Mapping[str, Text] = {
    rules.PERSON: gettext_lazy("自然人"),
    rules.SOLE_TRADER: gettext_lazy("个体工商户"),
    rules.FIRM: gettext_lazy("企业"),
    rules.BRANCH: gettext_lazy("分支机构"),
    rules.PUBLIC_BODY: gettext_lazy("机关、事业单位"),
}
MANDATE_KINDS: Mapping[str, Text] = {
    "legal_representative": gettext_lazy("法定代表人"),
    "operator": gettext_lazy("经营者"),
    "person_in_charge": gettext_lazy("负责人"),
    "proxy": gettext_lazy("委托代理人"),
    "guardian": gettext_lazy("监护人"),
    "family_helper": gettext_lazy("亲友帮办"),
    "window_helper": gettext_lazy("窗口帮办"),
    "stand_in": gettext_lazy("代办"),
}
GUARDIAN_PROOFS: Mapping[str, Text] = {
    "household_register": gettext_lazy("户口簿"),
    "birth_certificate": gettext_lazy("出生医学证明"),
    "court_decision": gettext_lazy("人民法院的裁判文书"),
    "appointment": gettext_lazy("居民委员会、村民委员会或民政部门的指定文书"),
}
STRENGTHS: Mapping[int, Text] = {
    1: gettext_lazy("密码登录"),
    2: gettext_lazy("实名登录"),
    3: gettext_lazy("双重验证登录"),
}


def standing(row: Standing) -> str:
    """Under a name: in what capacity one acts for it."""
    if row.mandate_id is None:
        return _("本人")
    facts = {"kind": PARTY_KINDS[row.kind], "capacity": MANDATE_KINDS[row.mandate_kind]}
    if row.under_14:
        return _("不满 14 周岁，您是%(capacity)s；其信息按敏感个人信息保护") % facts
    return _("%(kind)s，您是%(capacity)s") % facts


def has_ended(mandate: Mandate) -> bool:
    return mandate.revoked_at is not None or (mandate.valid_to is not None and mandate.valid_to <= now())


def last_day(end: datetime | None) -> datetime | None:
    """A term ends at the beginning of a day; people name the day before."""
    return None if end is None else end - timedelta(seconds=1)


def day_after(last: date) -> datetime:
    """Where a term ends whose last day people name."""
    return datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
