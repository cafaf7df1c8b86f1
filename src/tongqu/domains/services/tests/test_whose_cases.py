"""Whose cases somebody sees and acts on: his own, and his principals' as far as the mandate reaches."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.models import Case, CaseMaterial
from tongqu.kernel.cases.tests.world import MONDAY, SYSTEM, World
from tongqu.kernel.identity.models import Account
from tongqu.kernel.identity.operations import give_mandate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_monday() -> Any:
    with clock.at(MONDAY):
        yield


def signed_in(account_id: UUID | None) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=account_id), "allauth.account.auth_backends.AuthenticationBackend")
    return client


def body(response: Any) -> str:
    return str(response.content.decode())


def let(world: World, *items: str) -> str:
    """The stranger may act for the shop in these items."""
    made = give_mandate(
        SYSTEM, principal_id=world.shop, agent_id=world.stranger.party_id, kind="proxy", scope={"items": list(items)}
    )
    return str(made["mandate_id"])


def test_an_agent_sees_no_case_outside_his_mandate(world: World) -> None:
    case_id = world.granted()
    let(world, "another-item")
    agent = signed_in(world.stranger.account_id)
    number = Case.objects.get(id=case_id).case_no
    for path in ("/", "/my/cases", "/my/licences"):
        page = agent.get(path)
        assert page.status_code == 200
        assert "清溪区秋实小馆" not in body(page) and str(number) not in body(page)
    for path in ("", "/do/withdraw", "/check", "/materials", f"/files/{uuid4()}", f"/papers/{uuid4()}"):
        assert agent.get(f"/my/cases/{case_id}{path}").status_code == 404


def test_an_agent_sees_the_cases_his_mandate_reaches(world: World) -> None:
    case_id = world.submitted()
    let(world, world.package.code)
    agent = signed_in(world.stranger.account_id)
    assert "清溪区秋实小馆" in body(agent.get("/my/cases"))
    assert agent.get(f"/my/cases/{case_id}").status_code == 200


def test_of_two_mandates_the_one_that_reaches_the_item_is_taken(world: World) -> None:
    case_id = world.submitted()
    narrow = let(world, "another-item")
    right = let(world, world.package.code)
    agent = signed_in(world.stranger.account_id)
    session = agent.session
    session["acting_for"] = narrow
    session.save()
    assert agent.get(f"/my/cases/{case_id}").status_code == 200
    assert agent.session["acting_for"] == right


def test_the_choice_of_whom_to_apply_for_offers_only_what_the_mandate_reaches(world: World) -> None:
    from tongqu.domains.services.queries import party_field

    let(world, "another-item")
    assert party_field(world.stranger, world.package) is None
    let(world, world.package.code)
    assert party_field(world.stranger, world.package) is not None


def test_an_applicant_does_not_fetch_the_officers_photos(world: World) -> None:
    case_id = world.checked()
    photo = CaseMaterial.objects.get(case_id=case_id, code="site_check")
    own = CaseMaterial.objects.filter(case_id=case_id).exclude(code="site_check").first()
    assert own is not None
    owner, clerk = signed_in(world.owner.account_id), signed_in(world.staff["reviewer"].account_id)
    assert owner.get(f"/my/cases/{case_id}/files/{own.id}").status_code == 200
    assert owner.get(f"/my/cases/{case_id}/files/{photo.id}").status_code == 404
    assert clerk.get(f"/desk/cases/{case_id}/files/{photo.id}").status_code == 200
    assert owner.get(f"/api/v1/cases/{case_id}/materials/{photo.id}").status_code == 404
    assert str(photo.id) not in body(owner.get(f"/api/v1/cases/{case_id}"))
    assert str(photo.id) in body(clerk.get(f"/api/v1/cases/{case_id}"))


@pytest.mark.parametrize("version", ["²", "9" * 5000, "-1", "x"])
def test_an_odd_version_is_no_crash(world: World, version: str) -> None:
    case_id = world.submitted()
    owner, clerk = signed_in(world.owner.account_id), signed_in(world.staff["clerk"].account_id)
    sent = {"_key": str(uuid4()), "_version": version}
    assert owner.post(f"/my/cases/{case_id}/do/withdraw", sent).status_code in {302, 409}
    assert clerk.post(f"/desk/cases/{case_id}/do/accept", {**sent, "_key": str(uuid4())}).status_code in {302, 409}


def test_an_odd_action_in_the_address_is_no_crash(world: World) -> None:
    """Its name goes into the read log, whose column is short on PostgreSQL."""
    case_id = world.submitted()
    owner, clerk = signed_in(world.owner.account_id), signed_in(world.staff["clerk"].account_id)
    assert owner.get(f"/my/cases/{case_id}/do/{'x' * 200}").status_code == 404
    assert clerk.get(f"/desk/cases/{case_id}/reveal/{'x' * 200}").status_code == 404


def test_the_list_of_decisions_masks_a_person(world: World) -> None:
    case_id = world.granted()
    assert "清溪区秋实小馆" in body(Client().get("/decisions"))
    Case.objects.filter(id=case_id).update(applicant_kind="person", applicant_name="陈立秋")
    page = body(Client().get("/decisions"))
    assert "陈＊＊" in page and "陈立秋" not in page


# --- the way in ------------------------------------------------------------------------------------------------------


def way_in(world: World) -> dict[str, str]:
    """Answers that lead to applying, found as a visitor would."""
    from tongqu.kernel.packages.rules import NextQuestion, next_step

    def search(answers: dict[str, str]) -> dict[str, str] | None:
        step = next_step(world.package, answers)
        if not isinstance(step, NextQuestion):
            return answers if step.may_apply else None
        tried = (search({**answers, step.id: a.value}) for a in step.answers)
        return next((found for found in tried if found is not None), None)

    found = search({})
    assert found is not None
    return found


def test_what_is_kept_of_the_triage_are_its_own_answers(world: World) -> None:
    owner = signed_in(world.owner.account_id)
    answers = way_in(world)
    sent = {f"tq_{name}": value for name, value in answers.items()}
    more = {"tq_\x00": "\x00", "tq_invented": "x" * 10_000, "party": str(world.owner.mandate_id), "_key": str(uuid4())}
    made = owner.post(f"/services/{world.package.code}/start", {**sent, **more})
    assert made.status_code == 302 and "/form/" in made["Location"]
    assert Case.objects.latest("id").triage == answers


def test_nobody_applies_past_the_triage(world: World) -> None:
    owner = signed_in(world.owner.account_id)
    before = Event.objects.count()
    sent = {"party": str(world.owner.mandate_id), "_key": str(uuid4())}
    answer = owner.post(f"/services/{world.package.code}/start", sent)
    assert answer.status_code == 302 and answer["Location"].startswith(f"/services/{world.package.code}/triage")
    assert Event.objects.count() == before


def test_a_revoked_agents_next_request_is_refused_and_the_draft_stays_with_the_firm(world: World) -> None:
    from dataclasses import replace

    from tongqu.kernel.identity.operations import revoke_mandate

    mandate = UUID(let(world, world.package.code))
    agents = replace(
        world.stranger, on_behalf_of=world.shop, mandate_id=mandate, mandate_items=(world.package.code,)
    )  # fmt: skip
    case_id = replace(world, owner=agents).draft()
    agent, head = signed_in(world.stranger.account_id), signed_in(world.owner.account_id)
    assert agent.get(f"/my/cases/{case_id}/check").status_code == 200
    revoke_mandate(world.owner, mandate_id=mandate)
    before = Case.objects.get(id=case_id).version
    for refused in (
        agent.get(f"/my/cases/{case_id}/check"),
        agent.post(f"/my/cases/{case_id}/autosave", {"area": "99"}),
        agent.post(f"/my/cases/{case_id}/do/submit", {"_key": str(uuid4()), "declaration": "yes"}),
    ):
        assert refused.status_code == 404
    assert Case.objects.get(id=case_id).version == before
    assert "清溪区秋实小馆" in body(head.get("/my/cases"))
    assert head.get(f"/my/cases/{case_id}/check").status_code == 200


def test_an_agent_beyond_his_mandate_is_told_so_and_not_to_get_a_business_licence(world: World) -> None:
    let(world, "another-item")
    page = body(
        signed_in(world.stranger.account_id).get(
            f"/services/{world.package.code}/triage?what=serve_meals&small_by_area=above"
        )
    )
    assert "清溪区秋实小馆" in page and "不包括这一事项" in page
    assert "请先办理营业执照" not in page


def test_who_has_no_business_here_is_shown_the_other_way_in(world: World) -> None:
    """Not a wall: the window takes in a firm by its code, known to the account or not."""
    code = world.package.code
    page = body(
        signed_in(world.stranger.account_id).get(f"/services/{code}/triage?what=serve_meals&small_by_area=above")
    )
    assert "您名下还没有可以办理这一事项的经营主体" in page
    assert f'href="/services/{code}#counter"' in page and "到窗口办理" in page
