"""The page on which a rule is set otherwise in a region: all that a file sets, the same checks, nothing lost."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.rig.queries import Visit
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock as clocks
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.acts.models import Event
from tongqu.kernel.law import overlays
from tongqu.kernel.law.models import RuleOverlay
from tongqu.kernel.law.rules import CHINA
from tongqu.kernel.law.tests.test_overlays import QINGXI, loaded, own_register, started  # noqa: F401

TYPED = {
    "rule_id": "L7", "version": "明川试点-2027", "region": "9901", "place": "明川市", "basis": "pilot",
    "rank": "normative_document", "instrument": "关于授权试点的决定（示例）", "article": "",
    "organ": "有权机关（示例）", "issued": "2026-12-01",
    "effective_from": "2027-01-01", "effective_to": "2028-12-31", "quantity": "10", "day_type": "", "unit": "",
    "extension": "", "extension_quantity": "", "extension_needs": "", "extension_times": "", "trust": "",
    "summary": "试点期间10个工作日内作出决定。", "summary_en": "Ten working days during the pilot.",
}  # fmt: skip


@pytest.fixture
def admin(client: Client) -> Client:
    from tongqu.kernel.identity.tests import people
    from tongqu.kernel.law.tests.test_calendar_change import grant

    account = people.officer("overlay-admin")
    grant(account)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    client.get("/desk/law/overlays")
    return client


@pytest.mark.django_db
def test_an_administrator_previews_records_and_ends_one(admin: Client, visit: Visit) -> None:
    where = "/desk/law/overlays"
    first = visit(admin, where).content.decode()
    assert "还没有另行设定的规则" in first and 'type="radio"' in first
    sent = {**TYPED, "_key": str(uuid7())}
    seen = admin.post(where, {**sent, "do": "preview"}).content.decode()
    assert "20个工作日 → <strong>10个工作日</strong>" in seen and not RuleOverlay.objects.exists()
    assert admin.post(where, {**sent, "do": "load"}).status_code == 302
    overlays.refresh()
    row = RuleOverlay.objects.get()
    assert "尚未生效" in admin.get(where).content.decode()
    public = Client().get("/law/rules/L7").content.decode()
    assert "有的地方另行设定" in public and "明川试点-2027" in public
    own = Client().get("/law/rules/L7", {"version": "明川试点-2027"}).content.decode()
    assert "10个工作日" in own and "关于授权试点的决定" in own and "2028年12月31日" in own
    page = f"{where}/{row.id}/end"
    seen = visit(admin, page).content.decode()
    assert "撤回或者缩短 明川试点-2027" in seen and "填2026-12-31即为撤回" in seen
    assert "<strong>20个工作日</strong>" in seen and "正在按它计算的期限有0个，不变" in seen
    bad = admin.post(page, {"last_day": "2027-13-01", "reason": "文件", "_key": str(uuid7())})
    assert bad.status_code == 422 and "2027-01-31" in bad.content.decode()
    good = {"last_day": "2027-06-30", "reason": "决定终止的文件", "_key": str(uuid7())}
    assert admin.post(page, good).status_code == 302
    assert admin.post(page, good).status_code == 302, "a double click"
    assert "决定终止的文件" in admin.get(where).content.decode()
    assert Event.objects.filter(kind="law.overlay_ended").count() == 1


@pytest.mark.django_db
def test_the_page_of_ending_says_how_many_clocks_keep_it_and_offers_nothing_once_it_is_over(admin: Client) -> None:
    row_id = loaded()
    with clocks.at(datetime(2027, 6, 2, 9, tzinfo=CHINA)):
        started("2027-06-01", QINGXI)
        page = f"/desk/law/overlays/{row_id}/end"
        seen = admin.get(page).content.decode()
        assert "正在按它计算的期限有1个，不变" in seen and 'value="2027-06-02"' in seen and "撤回" not in seen
    with clocks.at(datetime(2029, 1, 2, 9, tzinfo=CHINA)):
        assert '<form method="post" novalidate' not in admin.get(page).content.decode()
        late = admin.post(page, {"last_day": "2029-01-03", "reason": "文件", "_key": str(uuid7())})
        assert late.status_code == 422 and "已经到期" in late.content.decode()


@pytest.mark.django_db
def test_one_withdrawn_leaves_the_rule_as_it_is_in_public(admin: Client) -> None:
    row_id = loaded()
    page, reason = f"/desk/law/overlays/{row_id}/end", "载入有误"
    sent = {"last_day": "2026-12-31", "reason": reason, "_key": str(uuid7())}
    assert admin.post(page, sent).status_code == 302
    overlays.refresh()
    listed = admin.get("/desk/law/overlays").content.decode()
    assert "已撤回" in listed and reason in listed and f"{row_id}/end" not in listed
    public = Client().get("/law/rules/L7").content.decode()
    assert "明川试点-2027" not in public and "有的地方另行设定" not in public


@pytest.mark.django_db
def test_the_page_sets_all_that_a_file_sets(admin: Client) -> None:
    """Unit, kind of days and extension too; the preview shows each term beside the common one."""
    where, sets = "/desk/law/overlays", {"quantity": 1, "unit": "month", "day_type": "calendar"}
    typed = {
        **TYPED, "quantity": "1", "unit": "month", "day_type": "calendar", "extension": "set", "trust": "V",
        "extension_quantity": "2", "extension_needs": "government_head", "extension_times": "2",
    }  # fmt: skip
    seen = admin.post(where, {**typed, "do": "preview", "_key": str(uuid7())}).content.decode()
    assert "20个工作日 → <strong>1个月</strong>" in seen and "可以延长2个月，最多2次" in seen
    assert "本级人民政府负责人批准</strong>" in seen
    assert admin.post(where, {**typed, "do": "load", "_key": str(uuid7())}).status_code == 302
    row = RuleOverlay.objects.get()
    more = {"quantity": 2, "needs": "government_head", "times": 2}
    assert row.document["sets"] == {**sets, "extension": more} and row.document["trust"] == "V"
    shortened = {
        **TYPED,
        "version": "不延长",
        "region": "9902",
        "extension": "none",
        "do": "load",
        "_key": str(uuid7()),
    }
    assert admin.post(where, {**shortened, "_key": str(uuid7())}).status_code == 302
    assert RuleOverlay.objects.latest("id").document["sets"] == {"quantity": 10, "extension": None}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"effective_to": ""}, "试点要写明截止日期"), ({"region": "99010"}, "写法不对"), ({"quantity": "十"}, "整数"),
        ({"quantity": "9" * 400}, "超出范围"), ({"instrument": ""}, "授权文件"), ({"basis": "other"}, "凭什么"),
        ({"issued": "昨天"}, "2027-01-31"), ({"summary_en": ""}, "英文"), ({"day_type": "lunar"}, "可选值"),
        ({"quantity": ""}, "没有写明"), ({"version": "x" * 37}, "太长"), ({"rule_id": "L\x00"}, "写法不对"),
        ({"unit": "week"}, "可选值"), ({"unit": "month", "day_type": "calendar"}, "还要写明能延长多少"),
        ({"extension": "set", "extension_needs": "head"}, "请填写可以延长多少"),
        ({"extension": "set", "extension_quantity": "5"}, "请选择延长由谁批准"),
        ({"extension_quantity": "5"}, "请选“另行设定”"), ({"extension": "maybe"}, "能不能延长"),
        ({"extension": "set", "extension_quantity": "x", "extension_needs": "head"}, "整数"),
        ({"extension": "set", "extension_quantity": "0", "extension_needs": "head"}, "超出范围"),
        ({"trust": "L"}, "可选值"),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_their_field_and_nothing_typed_is_lost(
    admin: Client, changes: dict[str, str], said: str
) -> None:
    answer = admin.post("/desk/law/overlays", {**TYPED, **changes, "do": "load", "_key": str(uuid7())})
    text = answer.content.decode()
    assert answer.status_code == 422 and said in text and "试点期间10个工作日内作出决定。" in text
    assert not RuleOverlay.objects.exists()


@pytest.mark.django_db
@given(st.dictionaries(st.sampled_from(sorted(TYPED)), st.text(max_size=40)))
def test_whatever_is_typed_is_taken_or_refused_at_a_field(typed: dict[str, str]) -> None:
    from tongqu.kernel.law import overlay_form

    values = {name: TYPED[name] for name in overlay_form.FIELDS} | typed
    try:
        overlay_form.written(values)
    except Invalid as refused:
        assert refused.fields and set(refused.fields) <= set(overlay_form.FIELDS)
