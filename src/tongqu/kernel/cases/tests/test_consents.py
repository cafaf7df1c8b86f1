"""Consent: on record where it was asked for, withdrawn as easily, and what depended on it stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Invalid, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.models import Case, CaseDocument
from tongqu.kernel.cases.tests.persons import PersonWorld, person_world
from tongqu.kernel.cases.tests.test_papers import work
from tongqu.kernel.cases.tests.world import MONDAY, World
from tongqu.kernel.identity import operations
from tongqu.kernel.identity.consents import is_child
from tongqu.kernel.identity.models import Account, Consent
from tongqu.kernel.identity.tests import people
from tongqu.kernel.notices.models import Service


@pytest.fixture
def own(world: World, settings: Any, tmp_path: Path) -> Iterator[PersonWorld]:
    settings.TQ_BLOB_DIR = tmp_path / "blobs"
    with clock.at(MONDAY):
        yield person_world(world)


def test_electronic_delivery_is_on_record_and_withdrawing_it_stops_it(own: PersonWorld) -> None:
    case_id = own.reviewed(delivery_way="electronic")
    work()
    consent = Consent.objects.get(party_id=own.shop)
    assert (consent.kind, consent.about_id, consent.given_by) == ("electronic_delivery", case_id, own.owner.account_id)
    account = Account.objects.get(id=own.owner.account_id)
    account.set_password(people.PASSWORD)
    account.save()
    client = Client()
    client.post(reverse("account_login"), {"login": account.username, "password": people.PASSWORD})
    assert reverse("my_data_withdraw", args=[consent.id]) in client.get("/account/data/held/consents").content.decode()
    asked = client.get(reverse("my_data_withdraw", args=[consent.id])).content.decode()
    assert "窗口领取" in asked
    key = asked.split('name="_key" value="')[1].split('"')[0]
    for _press in range(2):
        assert client.post(reverse("my_data_withdraw", args=[consent.id]), {"_key": key}).status_code == 302
    assert Event.objects.filter(kind="identity.consent_withdrawn").count() == 1
    own.act("head", case_id, "grant")
    work()
    assert Case.objects.get(id=case_id).state == "issued", "made, but not delivered by a way no longer agreed to"


def test_once_it_is_withdrawn_the_next_paper_waits_for_another_way(own: PersonWorld) -> None:
    """D19: from then on. What was served before stays served."""
    case_id = own.draft(delivery_way="counter")
    own.act("owner", case_id, "submit", inputs={"declaration": ["yes"], "e_service": ["yes"]})
    work()
    assert Consent.objects.get(party_id=own.shop).about_id == case_id, "agreed to with the submission: it is shown"
    about = ("case", case_id)
    operations.withdraw_consent(own.owner, party_id=own.shop, kind="electronic_delivery", about=about)
    own.act("clerk", case_id, "not_accept", inputs={"ground": "not_accept.no_licence_needed", "reason": "不需要许可"})
    work()
    row = CaseDocument.objects.get(case_id=case_id, kind="non_acceptance_decision")
    assert row.service == "due" and Service.objects.get(document_id=row.document_id).consent is None
    with pytest.raises(Refused):
        cases.serve(own.staff["clerk"], case_id=case_id, documents=[row.document_id], inputs={"mode": "electronic"})


def test_a_late_note_does_not_bring_a_withdrawn_consent_back(own: PersonWorld) -> None:
    case_id = own.submitted(delivery_way="electronic")
    work()
    about = ("case", case_id)
    operations.withdraw_consent(own.owner, party_id=own.shop, kind="electronic_delivery", about=about)
    from tongqu.kernel.cases.tests.world import SYSTEM
    from tongqu.kernel.identity.operations.rights import note_consent

    note_consent(SYSTEM, party_id=own.shop, kind="electronic_delivery", about=about, given_by=None)
    assert Consent.objects.get(about_id=case_id).withdrawn_at is not None


def test_only_the_person_gives_and_withdraws_and_a_childs_needs_a_guardian(own: PersonWorld) -> None:
    case_id = own.submitted(delivery_way="counter")
    about = ("case", case_id)
    with pytest.raises(NotPermitted):
        operations.give_consent(own.stranger, party_id=own.shop, kind="sensitive_data", about=about)
    with pytest.raises(NotFound):
        operations.withdraw_consent(own.owner, party_id=own.shop, kind="sensitive_data", about=about)
    for kind, guardian in (("child_data", None), ("sensitive_data", own.stranger.party_id), ("nonsense", None)):
        with pytest.raises(Invalid):
            operations.give_consent(own.owner, party_id=own.shop, kind=kind, about=about, guardian_id=guardian)
    operations.give_consent(
        own.owner, party_id=own.shop, kind="child_data", about=about, guardian_id=own.stranger.party_id
    )
    row = Consent.objects.get(kind="child_data")
    assert row.guardian_id == own.stranger.party_id
    assert (Event.objects.get(kind="identity.consent_given").rule or "").startswith("D20.child@")


@given(st.dates(date(1930, 1, 1), date(2026, 1, 1)), st.integers(0, 60 * 365))
def test_one_is_a_child_until_the_fourteenth_birthday(born: date, days: int) -> None:
    on = date.fromordinal(born.toordinal() + days)
    try:
        birthday = born.replace(year=born.year + 14)
    except ValueError:
        birthday = date(born.year + 14, 3, 1)
    assert is_child(born, on) == (on < birthday)
