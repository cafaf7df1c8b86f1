"""What is made and stored before its transaction: used where it still holds, else made anew and its file removed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases import work as case_work
from tongqu.kernel.cases.models import Case, CaseDocument, Opinion, SiteCheck
from tongqu.kernel.cases.tests.world import MONDAY, TENANT, World
from tongqu.kernel.identity import holders, vault
from tongqu.kernel.identity.holders import Subject
from tongqu.kernel.jobs.worker import run_pending
from tongqu.kernel.law.models import Clock
from tongqu.kernel.notices.models import Service, ServiceAttempt
from tongqu.kernel.records import numbering, queries, store
from tongqu.kernel.records import operations as records
from tongqu.kernel.records.models import Archive, Blob, Document
from tongqu.kernel.records.operations import archives

Strays = Callable[[], set[str]]
NAME = "欧阳不闻"


def work() -> None:
    relay.drain()
    run_pending()
    relay.drain()


def stored() -> set[str]:
    """The files in the store, by their names."""
    return {path.name for path in Path(settings.TQ_BLOB_DIR).rglob("*") if path.is_file()}


@pytest.fixture
def strays() -> Strays:
    """The files that the test has left in the store and that no row names."""
    before = stored()
    return lambda: stored() - before - {row.hex for row in Blob.objects.values_list("id", flat=True)}


def delivered(world: World) -> UUID:
    case_id = world.granted()
    work()
    return case_id


def meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[], object]) -> None:
    """Let something happen after the reading and before the transaction."""
    taken = getattr(case_work, name)
    monkeypatch.setattr(case_work, name, lambda *args, **given: (change(), taken(*args, **given))[1])


@pytest.fixture
def packs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where each package is made: ahead, or inside the transaction of the act."""
    pack, made, depth = archives.pack, [], len(connection.atomic_blocks)

    def noted(**given: Any) -> records.Packed:
        made.append("inside" if len(connection.atomic_blocks) > depth else "ahead")
        return pack(**given)

    for place in (records, archives):
        monkeypatch.setattr(place, "pack", noted)
    return made


# --- archives --------------------------------------------------------------------------------------------------------


def test_an_archive_is_packed_before_the_database_is_locked(world: World, packs: list[str], strays: Strays) -> None:
    case_id = delivered(world)
    case_work.archive_case(case_id=str(case_id))
    row = Archive.objects.get(subject_id=case_id)
    assert packs == ["ahead"] and Case.objects.get(id=case_id).state == "archived" and row.check_result["passed"]
    assert not strays()


def rename(case_id: UUID) -> None:
    Case.objects.filter(id=case_id).update(applicant_name="改过名的小馆", version=F("version") + 1)


def count_anew(case_id: UUID) -> None:
    Clock.objects.filter(subject_id=case_id).update(version=F("version") + 1)


def serve(case_id: UUID) -> None:
    Service.objects.filter(subject_id=case_id).update(version=F("version") + 1)


def file_another(case_id: UUID) -> None:
    row = CaseDocument.objects.filter(case_id=case_id).first()
    CaseDocument.objects.create(case_id=case_id, kind=row.kind, title=row.title, document_id=row.document_id)


def record(case_id: UUID) -> None:
    event = Event.objects.filter(subject_id=case_id, kind="cases.accept").get()
    Event.objects.create(
        tenant_id=event.tenant_id, actor=event.actor, kind="cases.document_failed", subject_kind="case",
        subject_id=case_id, body={}, recorded_at=event.recorded_at, effective_at=event.effective_at,
    )  # fmt: skip


@pytest.mark.parametrize("change", [rename, count_anew, serve, file_another, record])
def test_what_moves_after_an_archive_was_packed_has_it_packed_again(
    world: World, monkeypatch: pytest.MonkeyPatch, packs: list[str], strays: Strays, change: Callable[[UUID], None]
) -> None:
    case_id = delivered(world)
    meanwhile(monkeypatch, "act_on_case", lambda: change(case_id))
    case_work.archive_case(case_id=str(case_id))
    assert packs == ["ahead", "inside"] and not strays()
    package = queries.blob(TENANT, Archive.objects.get(subject_id=case_id).blob_id)[1]
    said = json.loads(zipfile.ZipFile(io.BytesIO(package)).read("case.json"))
    assert said["applicant"]["name"] == Case.objects.get(id=case_id).applicant_name


def in_an_opinion(case_id: UUID) -> None:
    Opinion.objects.create(
        tenant_id=TENANT, case_id=case_id, account_id=uuid7(), account_name="x", unit_id=uuid7(),
        recommendation="grant", reason=f"已与{NAME}核实",
    )  # fmt: skip


def in_a_site_check(case_id: UUID) -> None:
    SiteCheck.objects.create(
        tenant_id=TENANT, case_id=case_id, sheet={"findings": f"{NAME}在场"}, officers=[], assigned_at=MONDAY
    )


def in_a_try_at_serving(case_id: UUID) -> None:
    row = Service.objects.filter(subject_id=case_id).first()
    ServiceAttempt.objects.create(
        tenant_id=TENANT, service=row, mode="direct", result="served", happened_on=MONDAY.date(),
        details={"receiver": NAME},
    )  # fmt: skip


@pytest.mark.parametrize("write", [in_an_opinion, in_a_site_check, in_a_try_at_serving])
def test_an_archive_packed_before_a_person_was_erased_does_not_name_him(
    world: World, monkeypatch: pytest.MonkeyPatch, packs: list[str], write: Callable[[UUID], None]
) -> None:
    """He was at the head of the business whose case it is: its own rows stay, his name in them goes."""
    case_id = delivered(world)
    write(case_id)
    business = Case.objects.get(id=case_id).applicant_id
    head = Subject(TENANT, uuid7(), "natural_person", NAME, headed=(business,), names=(NAME,))

    def erase() -> None:
        for holder in holders.holders():
            holder.erase(Act(Actor.system(TENANT), "test", clock.now()), head)

    meanwhile(monkeypatch, "act_on_case", erase)
    case_work.archive_case(case_id=str(case_id))
    package = queries.blob(TENANT, Archive.objects.get(subject_id=case_id).blob_id)[1]
    files = zipfile.ZipFile(io.BytesIO(package))
    assert packs == ["ahead", "inside"] and not [n for n in files.namelist() if NAME.encode() in files.read(n)]


def test_files_erased_after_an_archive_was_packed_are_not_archived(
    world: World, monkeypatch: pytest.MonkeyPatch, strays: Strays
) -> None:
    case_id = delivered(world)
    holder = Case.objects.get(id=case_id).applicant_id
    meanwhile(monkeypatch, "act_on_case", lambda: Blob.objects.filter(holder_id=holder).update(erased_at=MONDAY))
    with pytest.raises(vault.Erased):
        case_work.archive_case(case_id=str(case_id))
    assert not Archive.objects.exists() and not strays()


# --- licences and papers --------------------------------------------------------------------------------------------


def test_no_file_of_a_paper_or_a_licence_is_written_with_the_database_locked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, written, depth = store.put, [], len(connection.atomic_blocks)

    def noted(*args: Any) -> tuple[str, bytes]:
        written.append(len(connection.atomic_blocks) - depth)
        return put(*args)

    case_id = world.granted()
    monkeypatch.setattr(store, "put", noted)
    work()
    papers = CaseDocument.objects.filter(case_id=case_id).count()
    assert papers and written == [0] * (papers + 1), "each once, and before its transaction"


def test_the_file_of_a_paper_that_was_drawn_in_vain_is_removed(
    world: World, monkeypatch: pytest.MonkeyPatch, strays: Strays
) -> None:
    monkeypatch.setattr(numbering, "likely_next", lambda *_a: "another")
    case_id = world.submitted()
    work()
    assert CaseDocument.objects.filter(case_id=case_id).count() == 1
    assert not strays()


def test_a_paper_asked_for_twice_leaves_one_file(world: World, strays: Strays) -> None:
    case_id = world.submitted()
    work()
    event = Event.objects.get(subject_id=case_id, kind="cases.submit")
    with clock.at(event.recorded_at):
        case_work.make_paper(event_id=str(event.id), kind="receipt")
    assert CaseDocument.objects.filter(case_id=case_id).count() == 1 and not strays()


def test_nothing_is_filed_for_a_holder_who_was_erased_after_the_paper_was_drawn(
    world: World, monkeypatch: pytest.MonkeyPatch, strays: Strays
) -> None:
    case_id = world.submitted()
    event, holder = Event.objects.get(subject_id=case_id, kind="cases.submit"), Case.objects.get(id=case_id)
    meanwhile(monkeypatch, "put_paper", lambda: vault.destroy([holder.applicant_id], MONDAY))
    with pytest.raises(vault.Erased):
        case_work.make_paper(event_id=str(event.id), kind="receipt")
    assert not Document.objects.exists() and not strays()
