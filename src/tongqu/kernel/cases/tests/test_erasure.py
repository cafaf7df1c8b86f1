"""Erasure by key destruction: what the law keeps stands in the way or stays apart; nothing else names the person."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused, StrongerLoginNeeded
from tongqu.kernel.acts.models import Event, ReadLog
from tongqu.kernel.cases.models import Case, ReapplicationBan
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests.persons import NAME, PHONE, PersonWorld, everything_stored, person_world, spellings
from tongqu.kernel.cases.tests.world import MONDAY, SYSTEM, TENANT, World
from tongqu.kernel.identity import erasures, operations
from tongqu.kernel.identity.operations import rights
from tongqu.kernel.identity.queries_rights import assess, subject_of
from tongqu.kernel.identity.tests.people import staff_with
from tongqu.kernel.identity.vault import Erased
from tongqu.kernel.ledger.verify import verify_all
from tongqu.kernel.records import operations as records
from tongqu.kernel.records import queries
from tongqu.kernel.records.models import Archive, Blob, Document, ELicence
from tongqu.kernel.search.operations import index

GROUND = "erase.purpose_met"


@pytest.fixture
def own(world: World, settings: Any, tmp_path: Path) -> Iterator[PersonWorld]:
    settings.TQ_BLOB_DIR = tmp_path / "blobs"
    settings.DATA_DIR = tmp_path
    with clock.at(MONDAY):
        yield person_world(world)


def erase(own: PersonWorld, commit: Any) -> None:
    with commit(execute=True):
        operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND)


def codes(own: PersonWorld) -> set[str]:
    return {h.ground for h in assess(subject_of(own.shop)).blocking}


def ended(own: PersonWorld) -> UUID:
    """A whole life: granted, issued, delivered, rated, annulled, archived; with papers and a refused stranger."""
    from tongqu.kernel.cases.tests.test_papers import work

    case_id = own.granted(contact_phone=PHONE)
    work()
    own.act("owner", case_id, "rate", inputs={"level": "5", "comment": f"{NAME}很满意"})
    work()
    with pytest.raises(NotFound):
        access_case(own.stranger, case_id=case_id, purpose="own_case")
    own.act(
        "head", case_id, "annul",
        inputs={"ground": _annul_ground(), "reason": f"{NAME}提供虚假材料"},
    )  # fmt: skip
    work()
    ReapplicationBan.objects.filter(party_id=own.shop).delete()  # a running ban stands in the way; its own test below
    return case_id


def _annul_ground() -> str:
    from tongqu.kernel.law.grounds import grounds_for

    return grounds_for("annul")[0].code


# --- what stands in the way ------------------------------------------------------------------------------------------


def test_a_running_case_a_valid_licence_and_an_unarchived_file_stand_in_the_way(own: PersonWorld) -> None:
    from tongqu.kernel.cases.tests.test_papers import work

    assert codes(own) == set()
    case_id = own.submitted()
    assert codes(own) == {"keep.case_running"}
    own.act("owner", case_id, "withdraw")
    assert codes(own) == {"keep.case_unarchived"}
    own.act("system", case_id, "archive")
    assert codes(own) == set()
    own.granted()
    work()
    assert codes(own) == {"keep.case_unarchived", "keep.licence_valid"}


def test_a_legal_hold_and_a_running_ban_stand_in_the_way(own: PersonWorld) -> None:
    case_id = own.submitted()
    own.act("owner", case_id, "withdraw")
    own.act("system", case_id, "archive")
    Case.objects.filter(id=case_id).update(legal_hold=True)
    ban = ReapplicationBan.objects.create(
        tenant_id=TENANT, party_id=own.shop, item_code="x", until=date(2027, 1, 1), rule="L20", reason="x"
    )
    assert codes(own) == {"keep.legal_hold", "keep.ban_running"}
    ReapplicationBan.objects.filter(id=ban.id).update(until=date(2026, 1, 1))
    assert codes(own) == {"keep.legal_hold"}


def test_a_refused_erasure_changes_nothing_and_is_on_record_with_its_grounds(own: PersonWorld) -> None:
    own.submitted()
    before = everything_stored()
    with pytest.raises(Refused) as caught:
        operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND)
    assert caught.value.code == "keep.case_running" and caught.value.rule == "D18"
    refused = Event.objects.get(kind="identity.erasure_refused")
    assert refused.body["grounds"] == ["keep.case_running"] and refused.rule.startswith("D18@")
    assert NAME.encode() in before and NAME.encode() in everything_stored()
    assert subject_of(own.shop).name == NAME


def test_erasing_asks_for_the_right_a_second_factor_and_a_ground_of_the_register(own: PersonWorld) -> None:
    with pytest.raises(NotPermitted):
        operations.destroy_person_key(own.staff["head"], party_id=own.shop, ground=GROUND)
    with pytest.raises(StrongerLoginNeeded):
        weak = staff_with("identity.manage_accounts", strength=1)
        operations.destroy_person_key(weak, party_id=own.shop, ground=GROUND)
    for ground in ("", "keep.archive", "refuse.conditions_not_met", "<script>"):
        with pytest.raises(Invalid):
            operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=ground)


# --- what remains ----------------------------------------------------------------------------------------------------


def test_afterwards_no_row_and_no_file_names_the_person_and_the_ledger_verifies(
    own: PersonWorld, django_capture_on_commit_callbacks: Any
) -> None:
    case_id = ended(own)
    case = Case.objects.get(id=case_id)
    draft = own.draft()
    index(SYSTEM, kind="case", ref=str(case_id), title=f"{NAME}的食品经营许可", url="/x", audience="staff")
    index(SYSTEM, kind="tip", ref="1", title=NAME, url="/x", audience=_for(own))
    token = Document.objects.filter(holder_id=own.shop).exclude(kind__startswith="licence").first().token  # type: ignore[union-attr]
    licence = ELicence.objects.get(holder_id=own.shop)
    marks = [own.id_no, PHONE, NAME]
    assert all(any(s in everything_stored() for s in spellings(m)) for m in (NAME,)), "the test would prove nothing"
    files = list(Path(settings.TQ_BLOB_DIR).rglob("*"))

    erase(own, django_capture_on_commit_callbacks)

    stored = everything_stored()
    for mark in marks:
        for spelling in spellings(mark):
            assert spelling not in stored, mark
    left = [p for p in Path(settings.TQ_BLOB_DIR).rglob("*") if p.is_file()]
    kept = {b.store_path for b in Blob.objects.filter(sealed_under="archive")}
    assert {p.relative_to(settings.TQ_BLOB_DIR).as_posix() for p in left} == kept and len(left) < len(files)
    for path in left:
        assert not any(s in path.read_bytes() for m in marks for s in spellings(m))

    case.refresh_from_db()
    assert case.case_no and case.outcome == "granted" and case.state == "archived"  # what the office did stays
    assert Case.objects.get(id=draft).values == {}
    for blob in Blob.objects.filter(holder_id=own.shop, sealed_under="holder"):
        with pytest.raises(Erased):
            queries.blob(TENANT, blob.id)
    for code in (token, licence.token):
        verdict = queries.verify(code)
        assert verdict.status in {"valid", "revoked"} and verdict.document.holder_name == ""
    page = Client().get(f"/v/{token}").content.decode()
    assert "（已依法删除）" in page and "签名仍可核验" in page and "＊" not in page
    proof = Client().get(f"/v/{token}.json").json()
    signed = crypto.Signature(proof["signature"]["algorithm"], proof["signature"]["key_id"],
                              base64.b64decode(proof["signature"]["value"]))  # fmt: skip
    public = {signed.key_id: base64.b64decode(proof["public_key"])}
    assert crypto.verify(public, signed, canonical_bytes(proof["payload"]))  # by anyone, without us
    relay.drain()
    report = verify_all()
    assert report.sound and report.checked > 20


def test_the_archive_stays_readable_until_its_term_and_is_listed(
    own: PersonWorld, django_capture_on_commit_callbacks: Any
) -> None:
    case_id = ended(own)
    kept = assess(subject_of(own.shop)).kept
    assert {h.ground for h in kept} == {"keep.archive", "keep.access_log"}
    erase(own, django_capture_on_commit_callbacks)
    archive = Archive.objects.get(subject_id=case_id)
    assert archive.destroy_after == archive.retain_until == date(2056, 12, 31)
    package = queries.blob(TENANT, archive.blob_id)[1]
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        assert NAME in opened.read("case.json").decode()
    event = Event.objects.get(kind="identity.person_key_destroyed")
    assert {"ground": "keep.archive", "until": "2056-12-31"} in event.body["kept"]
    assert event.rule.startswith("D23.erase@")


def test_an_archive_is_destroyed_by_people_after_its_term_and_never_before(
    own: PersonWorld, django_capture_on_commit_callbacks: Any
) -> None:
    from tongqu.kernel.records.work import note_due_archives

    case_id = ended(own)
    erase(own, django_capture_on_commit_callbacks)
    archive = Archive.objects.get(subject_id=case_id)
    archivist = staff_with("records.dispose")
    with pytest.raises(Refused):
        records.dispose_archive(archivist, archive_id=archive.id, appraisal="鉴2026-1")
    with pytest.raises(NotPermitted):
        records.dispose_archive(own.staff["clerk"], archive_id=archive.id, appraisal="鉴2026-1")
    assert note_due_archives.function() == 0
    with clock.at(MONDAY.replace(year=2057)):
        assert note_due_archives.function() == 1 and note_due_archives.function() == 0
        assert queries.blob(TENANT, archive.blob_id)  # noted, not destroyed (B7)
        Archive.objects.filter(id=archive.id).update(legal_hold=True)
        with pytest.raises(Refused):
            records.dispose_archive(archivist, archive_id=archive.id, appraisal="鉴2057-1")
        Archive.objects.filter(id=archive.id).update(legal_hold=False)
        for wrong in ("", " ", "x" * 61):
            with pytest.raises(Invalid):
                records.dispose_archive(archivist, archive_id=archive.id, appraisal=wrong)
        with django_capture_on_commit_callbacks(execute=True):
            records.dispose_archive(archivist, archive_id=archive.id, appraisal="鉴2057-1")
        with pytest.raises(Erased):
            queries.blob(TENANT, archive.blob_id)
        with pytest.raises(Conflict):
            records.dispose_archive(archivist, archive_id=archive.id, appraisal="鉴2057-1")
    assert not [p for p in Path(settings.TQ_BLOB_DIR).rglob("*") if p.is_file()]
    relay.drain()
    assert verify_all().sound


def test_erasing_twice_and_from_two_tabs_is_once(own: PersonWorld) -> None:
    first = operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND, key="erase-key-1")
    assert operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND, key="erase-key-1") == first
    with pytest.raises(NotFound):
        operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND)
    assert Event.objects.filter(kind="identity.person_key_destroyed").count() == 1


def test_what_a_request_under_way_wrote_is_blanked_afterwards(own: PersonWorld) -> None:
    """A request that had read the key before it went: its rows come after the erasure and go with the second pass."""
    case_id = own.draft()
    operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND)
    Case.objects.filter(id=case_id).update(applicant_name=NAME, values={"name": {"value": NAME}})
    ReadLog.objects.create(
        tenant_id=TENANT, actor={}, subject_kind="case", subject_text=NAME, party_id=own.shop, purpose="x", refused=True
    )
    rights.erase_leftovers(SYSTEM, party_id=own.shop)
    assert NAME.encode() not in everything_stored()


def test_an_erasure_is_carried_out_again_on_a_restored_backup(
    own: PersonWorld, django_capture_on_commit_callbacks: Any, tmp_path: Path
) -> None:
    """The list of erasures lies outside the database; on a database that does not know of one it is done anew."""
    from django.db import transaction

    from tongqu.kernel.identity.models import Party

    own.draft()
    point = transaction.savepoint()
    erase(own, django_capture_on_commit_callbacks)
    listed = list(erasures.listed(erasures.path()))
    assert [one.party_id for one in listed] == [own.shop]
    assert NAME not in erasures.path().read_text() and own.id_no not in erasures.path().read_text()
    transaction.savepoint_rollback(point)  # the backup is back: the person is, too
    assert Party.objects.get(id=own.shop).name == NAME
    for one in listed:
        rights.erase_again(SYSTEM, party_id=one.party_id)
    for mark in (NAME, PHONE, own.id_no):
        assert not any(s in everything_stored() for s in spellings(mark))
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"tenant": 1}\n')
    with pytest.raises(ValueError, match="bad.jsonl:1"):
        list(erasures.listed(bad))


def test_a_second_person_of_the_same_name_is_untouched(own: PersonWorld) -> None:
    from tongqu.kernel.identity.operations import register_person
    from tongqu.kernel.identity.tests.people import citizen_no, phone_no

    other = register_person(SYSTEM, name=NAME, id_kind="citizen_id", id_no=citizen_no(), phone=phone_no())
    operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND)
    assert subject_of(UUID(other["party_id"])).name == NAME


def _for(own: PersonWorld) -> Any:
    from tongqu.kernel.acts.actor import Scope

    return Scope(party_id=own.shop)
