"""A case in a region where a rule is set otherwise: its papers, its events and its pages say so, with both sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.test import Client

from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.models import Case, CaseDocument
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests.test_papers import text_of, work
from tongqu.kernel.cases.tests.world import MONDAY, SYSTEM, World
from tongqu.kernel.identity.models import Account
from tongqu.kernel.law import overlays, register
from tongqu.kernel.law.citing import departure, sources
from tongqu.kernel.law.grounds import ground
from tongqu.kernel.law.pages.why import why
from tongqu.kernel.law.rules import Authority
from tongqu.kernel.packages.operations import publish
from tongqu.kernel.records.operations import papers

PILOT = "关于授权清溪区开展食品经营许可提速试点的决定"
BASE = "《食品经营许可和备案管理办法》"


@pytest.fixture(autouse=True)
def own_register(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    register.rule("L7")
    monkeypatch.setattr(register, "_books", register._books)
    monkeypatch.setattr(overlays, "_seen", {"rows": 0, "versions": None})
    with clock.at(MONDAY):
        yield


def set_otherwise(rule_id: str = "FB2", *, region: str = "990102", **changes: Any) -> UUID:
    """As put on record some days before, in force on the day of the tests."""
    document = {
        "schema": "tongqu/overlay/1", "rule_id": rule_id, "version": f"清溪试点-{rule_id}", "region": region,
        "place": "清溪区", "basis": "pilot", "effective_from": "2026-03-01", "effective_to": "2026-12-31", "trust": "P",
        "authority": {"instrument": PILOT, "article": "第3条", "organ": "某有权机关", "issued": "2026-02-01"},
        "sets": {"quantity": 6}, "summary": {"zh-Hans": "试点期间更快。", "en": "Sooner during the pilot."}, **changes,
    }  # fmt: skip
    with clock.at(MONDAY - timedelta(days=10)):
        made: UUID = overlays.load_overlay(SYSTEM, document=document)
    overlays.refresh()  # as on commit
    return made


def paper(case_id: UUID, kind: str) -> str:
    work()
    return "".join(text_of(CaseDocument.objects.filter(case_id=case_id, kind=kind).latest("id").document_id).split())


def test_the_notice_of_acceptance_states_the_pilots_number_and_both_sources(world: World) -> None:
    set_otherwise()
    told = paper(world.accepted(), "acceptance_notice")
    assert "自受理之日起6个工作日内作出决定，最迟为2026年3月10日" in told
    assert f"审查期限为6个工作日，依据《{PILOT}》第3条（某有权机关，2026年2月1日）在清溪区的试点规定" in told
    assert f"代替{BASE}" in told and "第21条规定的10个工作日" in told
    assert "试点自2026年3月1日起至2026年12月31日止" in told


@pytest.mark.parametrize("elsewhere", [{"region": "990103"}, {"effective_from": "2026-03-03"}])
def test_a_case_elsewhere_and_one_begun_before_say_nothing_of_the_pilot(
    world: World, elsewhere: dict[str, str]
) -> None:
    set_otherwise(**elsewhere)
    case_id = world.accepted()
    with clock.at(MONDAY + timedelta(days=3)):
        told = paper(case_id, "acceptance_notice")
    assert "10个工作日内作出决定" in told and PILOT not in told and "代替" not in told


def test_the_notice_of_an_extension_names_the_pilots_length_and_departs_from_the_article(world: World) -> None:
    set_otherwise(sets={"quantity": 6, "extension": {"quantity": 3, "needs": "head"}})
    case_id = world.accepted()
    world.act("head", case_id, "extend", inputs={"ground": "extend.complex", "reason": "需向上级请示"})
    told = paper(case_id, "extension_notice")
    assert f"根据《{PILOT}》第3条、{BASE}" in told and "审查期限延长3个工作日，延长后最迟" in told
    assert "延长后最迟于2026年3月13日作出决定" in told and "原定最迟于2026年3月10日作出决定" in told
    assert "审查期限为6个工作日（可以延长3个工作日）" in told and "规定的10个工作日（可以延长5个工作日）" in told


def test_every_paper_that_states_a_limit_set_otherwise_cites_its_document(world: World) -> None:
    """Receipt, one-time notice, extension, decision: each beside the limit that it states."""
    set_otherwise("L1", sets={"quantity": 3})
    set_otherwise("FB6", sets={"quantity": 8})
    set_otherwise("FB3", sets={"quantity": 2})
    case_id = world.submitted()
    assert "告知是否受理的期限为3个工作日" in paper(case_id, "receipt")
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "面积与图纸不一致"})
    asked = paper(case_id, "supplement_notice")
    assert "补正期限为8个工作日" in asked and asked.count(PILOT) == 2  # the basis, and the limit
    granted = world.granted()
    told = paper(granted, "grant_decision")
    assert "颁发、送达许可证件的期限为2个工作日" in told


def test_a_pilot_that_ended_meanwhile_stays_the_one_that_the_case_cites(world: World) -> None:
    pilot = set_otherwise()
    case_id = world.accepted()
    with clock.at(MONDAY + timedelta(days=1)):
        overlays.end_overlay(SYSTEM, overlay_id=pilot, last_day=(MONDAY + timedelta(days=1)).date(), reason="某决定")
        overlays.refresh()
    with clock.at(MONDAY + timedelta(days=3)):
        world.act("head", case_id, "extend", inputs={"ground": "extend.complex", "reason": "需向上级请示"})
        told = paper(case_id, "extension_notice")
    assert f"《{PILOT}》第3条" in told and "审查期限为6个工作日" in told


def test_a_text_of_the_unit_that_forgets_the_sources_has_them_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_otherwise()
    case_id = world.submitted()
    work()
    short = "你（单位）的{item}申请已受理，最迟于{decide_due}作出决定。"
    real = papers.text_of_version
    monkeypatch.setattr(papers, "text_of_version", lambda *a, **k: replace(real(*a, **k), body=short))
    world.act("clerk", case_id, "accept")
    told = paper(case_id, "acceptance_notice")
    assert "最迟于2026年3月10日作出决定" in told and f"依据《{PILOT}》第3条" in told


def test_a_template_adopted_as_it_stands_departs_from_nothing(world: World) -> None:
    base = register.rule("FB2")
    said = Authority("local", "990102000000", base.cite, PILOT, "第3条", "某有权机关", date(2026, 2, 1))
    adopted = replace(base, authority=said, version="本地")
    assert departure(base, base, of="审查期限") == "" and sources(base) == [base.source]
    assert sources(adopted) == [f"《{PILOT}》第3条", base.source]
    assert departure(adopted, base, of="审查期限") == (
        f"审查期限为10个工作日，依据《{PILOT}》第3条（某有权机关，2026年2月1日）采用的{base.source}的规定。"
    )
    assert "20个工作日（不得延长），" in departure(replace(adopted, quantity=20, extension=None), base, of="审查期限")


def test_events_and_decision_cite_the_version_under_which_the_case_stands(world: World) -> None:
    set_otherwise()
    case_id = world.granted()
    cites = dict(Event.objects.filter(subject_id=case_id, rule__startswith="FB2").values_list("kind", "rule"))
    assert cites["cases.grant"] == "FB2@清溪试点-FB2"
    assert Case.objects.get(id=case_id).decisions.get().rule == "FB2@清溪试点-FB2"
    refused = world.reviewed()
    code = "refuse.conditions_not_met"
    world.act("head", refused, "refuse", inputs={"ground": code, "reason": "没有洗消设施"})
    assert Case.objects.get(id=refused).decisions.get().rule == register.rule(str(ground(code).rule_id)).cite


def page(client: Client, account_id: Any, address: str) -> str:
    client.force_login(Account.objects.get(id=account_id))
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def test_the_pages_of_a_case_name_both_documents(world: World, client: Client) -> None:
    set_otherwise()
    case_id = world.accepted()
    relay.drain()
    running = [one for one in access_case(world.owner, case_id=case_id, purpose="test").clocks if one.name == "decide"]
    assert PILOT in why(running[0]).otherwise and "6个工作日" in why(running[0]).summary
    for account, address in (
        (world.owner.account_id, f"/my/cases/{case_id}"), (world.staff["clerk"].account_id, f"/desk/cases/{case_id}"),
    ):  # fmt: skip
        told = page(client, account, address)
        assert PILOT in told and "食品经营许可和备案管理办法" in told
        assert f"/law/rules/FB2?version={quote('清溪试点-FB2')}" in told


def test_the_guide_of_a_pilot_region_cites_the_pilot(world: World, client: Client, settings: Any) -> None:
    settings.TQ_REGION = "990102000000"
    before = client.get("/services/food-business-licence").content.decode()
    assert PILOT not in before
    set_otherwise()
    told = client.get("/services/food-business-licence").content.decode()
    assert PILOT in told and "6 个工作日" in told and "代替" in told


def test_the_guide_of_an_item_that_renews_tells_the_regions_window(world: World, client: Client, settings: Any) -> None:
    publish(SYSTEM, folder=Path(settings.TQ_PACKAGES_DIR) / "food-business-licence-renewal")
    settings.TQ_REGION = "990102000000"
    address = "/services/food-business-licence-renewal"
    before = client.get(address).content.decode()
    assert "届满前90个工作日起可以申请" in before and PILOT not in before
    set_otherwise("FB9.open", sets={"quantity": 120})
    told = client.get(address).content.decode()
    assert "届满前120个工作日起可以申请" in told and "最迟届满前15个工作日申请" in told
    assert "本地另行设定：120个工作日" in told and PILOT in told and "代替" in told
    settings.TQ_REGION = "990103000000"
    assert PILOT not in client.get(address).content.decode()
