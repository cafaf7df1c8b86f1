"""The register of parties as staff use it: found by name or number, papers and guardians entered, names changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.models import Event, ReadLog
from tongqu.kernel.identity import operations, queries
from tongqu.kernel.identity.models import Mandate, Party, PartyIdentifier
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db
CLERK, MANAGER = "window_clerk", "system_admin"


def at_work(role: str, username: str = "clerk") -> Client:
    """A member of the staff with this role everywhere, signed in."""
    account = people.officer(username)
    where = uuid7() if role == CLERK else None
    operations.grant_role(people.system(), account_id=account.id, role=role, unit_id=where)
    client = Client()
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def body(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_person_is_found_by_number_and_by_name_and_each_look_is_logged() -> None:
    clerk, number = at_work(CLERK), people.citizen_no()
    who = people.person("阿依古丽·买买提", id_no=number)
    for typed in (number, number.lower(), "阿依古丽", "ayiguli"):
        found = body(clerk.post("/desk/parties", {"q": typed})).split("找到 1 个")[1]
        assert f"/desk/parties/{who}" in found and number not in found, typed
    assert "没有找到" in body(clerk.post("/desk/parties", {"q": "查无此人"}))
    assert clerk.post("/desk/parties", {"q": ""}).status_code == 422
    assert number not in body(clerk.get(f"/desk/parties/{who}"))
    assert ReadLog.objects.filter(party_id=who, purpose__startswith="register").count() >= 5


def test_who_may_not_look_people_up_sees_nothing() -> None:
    who, citizen = people.person(), Client()
    citizen.force_login(people.citizen("chen"), "allauth.account.auth_backends.AuthenticationBackend")
    assert citizen.get("/desk/parties").status_code == 404
    assert citizen.get(f"/desk/parties/{who}").status_code == 404
    other = at_work("audit_admin", "auditor")
    assert other.get("/desk/parties").status_code == 403 and other.get(f"/desk/parties/{who}").status_code == 403
    assert Client().get("/desk/parties").status_code == 302
    clerk = at_work(CLERK, "clerk2")
    for only_for_managers in ("name", "rename"):
        assert clerk.get(f"/desk/parties/{who}/{only_for_managers}").status_code == 403
    assert clerk.get(f"/desk/parties/{who}/nonsense").status_code == 404
    assert clerk.get(f"/desk/parties/{uuid7()}").status_code == 404


def test_papers_are_added_replaced_and_ended_with_the_original_in_hand() -> None:
    clerk, number = at_work(CLERK), people.citizen_no()
    who = people.person(id_no=number)
    sent = {"id_kind": "cn_passport", "id_no": "EA1234567", "_key": str(uuid7())}
    refused = clerk.post(f"/desk/parties/{who}/paper", sent)
    assert refused.status_code == 422 and "核对原件" in body(refused) and "EA1234567" in body(refused)
    wrong = clerk.post(f"/desk/parties/{who}/paper", sent | {"id_no": "12", "seen": "on"})
    assert wrong.status_code == 422 and "中国护照" in body(wrong)
    for _press in range(2):
        assert clerk.post(f"/desk/parties/{who}/paper", sent | {"seen": "on"}).status_code == 302
    assert PartyIdentifier.objects.filter(party_id=who).count() == 2
    new = {"id_kind": "cn_passport", "id_no": "EB7654321", "ground": "renewed", "seen": "on", "_key": str(uuid7())}
    assert clerk.post(f"/desk/parties/{who}/successor", new).status_code == 302
    page = body(clerk.get(f"/desk/parties/{who}"))
    assert "换发新证" in page
    running = PartyIdentifier.objects.get(party_id=who, kind="cn_passport", valid_to=None)
    ended = {"ground": "void", "seen": "on", "_key": str(uuid7())}
    assert clerk.post(f"/desk/parties/{who}/end/{running.id}", ended).status_code == 302
    only = PartyIdentifier.objects.get(party_id=who, valid_to=None)
    last = clerk.post(f"/desk/parties/{who}/end/{only.id}", ended | {"_key": str(uuid7())})
    assert last.status_code == 422 and "唯一有效" in body(last)
    another = PartyIdentifier.objects.get(party_id=people.person("周明远"))
    assert clerk.post(f"/desk/parties/{who}/end/{another.id}", ended | {"_key": str(uuid7())}).status_code == 404


def test_a_guardian_is_entered_whole_or_not_at_all() -> None:
    clerk = at_work(CLERK)
    child = people.person("陈小满", id_no=people.citizen_no("20180214"))
    assert "不满 14 周岁" in body(clerk.get(f"/desk/parties/{child}"))
    sent = {"name": "陈立秋", "id_kind": "citizen_id", "id_no": people.citizen_no("20150101"), "seen": "on",
            "proof": "birth_certificate", "_key": str(uuid7())}  # fmt: skip
    minor = clerk.post(f"/desk/parties/{child}/guardian", sent)
    assert minor.status_code == 422 and "成年人" in body(minor)
    assert not Party.objects.filter(name="陈立秋").exists(), "nobody is registered by a refused entry"
    parent = people.citizen_no("19880214")
    assert clerk.post(f"/desk/parties/{child}/guardian", sent | {"id_no": parent, "proof": ""}).status_code == 422
    for _press in range(2):
        assert clerk.post(f"/desk/parties/{child}/guardian", sent | {"id_no": parent}).status_code == 302
    mandate = Mandate.objects.get(principal_id=child)
    assert mandate.kind == "guardian" and mandate.valid_to == datetime(2036, 2, 14, tzinfo=SHANGHAI)
    assert "陈立秋" in body(clerk.get(f"/desk/parties/{child}"))
    assert clerk.get(f"/desk/parties/{child}/mandates/{mandate.id}/end").status_code == 403
    manager = at_work(MANAGER, "manager")
    assert f"/mandates/{mandate.id}/end" in body(manager.get(f"/desk/parties/{child}"))
    key = {"_key": str(uuid7())}
    assert manager.post(f"/desk/parties/{child}/mandates/{mandate.id}/end", key).status_code == 302
    mandate.refresh_from_db()
    assert mandate.revoked_at is not None
    assert manager.get(f"/desk/parties/{child}/mandates/{mandate.id}/end").status_code == 404, "it has ended"


def test_names_are_changed_by_who_manages_parties_and_the_old_ones_stay() -> None:
    manager, who = at_work(MANAGER), people.person("陈立秋")
    former = {"kind": "former", "name": "陈秋生", "since": "1990-01-01", "until": "1989-01-01", "_key": str(uuid7())}
    assert manager.post(f"/desk/parties/{who}/name", former).status_code == 422
    assert manager.post(f"/desk/parties/{who}/name", former | {"until": "2000-05-31"}).status_code == 302
    again = manager.post(f"/desk/parties/{who}/name", former | {"until": "2000-05-31", "_key": str(uuid7())})
    assert again.status_code == 422 and "登记过" in body(again)
    today = datetime.now(SHANGHAI).date()
    renamed = {"name": "陈知秋", "since": today.isoformat(), "_key": str(uuid7())}
    too_early = manager.post(f"/desk/parties/{who}/rename", renamed | {"since": "1980-01-01"})
    assert too_early.status_code == 422 and "陈知秋" in body(too_early)
    page = body(manager.get(f"/desk/parties/{who}"))
    assert "陈秋生" in page and "2000年5月31日" in page
    assert [n.name for n in queries.names_of(who)] == ["陈秋生"]
    assert not Event.objects.filter(body__icontains="陈秋生").exists()


def test_what_cannot_be_a_name_is_refused_at_the_field() -> None:
    manager, who = at_work(MANAGER), people.person("陈立秋")
    for name in ("\x00", "陈\u202e秋", "x" * 201, ""):
        answer = manager.post(f"/desk/parties/{who}/name", {"kind": "alias", "name": name, "_key": str(uuid7())})
        assert answer.status_code == 422, ascii(name)
    assert queries.names_of(who) == []
    operations.rename_party(people.system(), party_id=who, name="陈知秋")
    assert [n.name for n in queries.names_of(who)] == ["陈立秋"]
