"""Events enter once, in order, in few queries; heads and proofs are what outside tools expect."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation import merkle
from tongqu.foundation.checkpoint import InclusionProof, NoteKey, open_checkpoint
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import keys, relay
from tongqu.kernel.acts.models import Event, Outbox
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.jobs import worker
from tongqu.kernel.ledger import queries, rules, writer
from tongqu.kernel.ledger.models import LedgerEntry, LedgerNode, LedgerState, SignedHead
from tongqu.kernel.ledger.queries import Standing, inclusion_of
from tongqu.kernel.ledger.verify import verify_all


def leaves() -> list[bytes]:
    return [rules.leaf_of(Event.objects.get(id=entry.event_id)) for entry in LedgerEntry.objects.order_by("seq")]


def test_events_enter_in_order_and_the_head_is_over_all_of_them(write):
    ids = write(3) + write(4)
    assert list(LedgerEntry.objects.order_by("seq").values_list("seq", "event_id")) == list(enumerate(ids))
    head = writer.sign_head(default_tenant())
    assert head is not None and head.size == 7
    assert bytes(head.root) == merkle.root_of(leaves())
    assert writer.sign_head(default_tenant()) is None


def test_an_event_enters_once_however_often_it_is_delivered(write):
    ids = write(3)
    with transaction.atomic():
        writer.append(list(Event.objects.filter(id__in=ids)))
    relay.deliver_again(writer.SUBSCRIBER, str(ids[1]))
    assert LedgerEntry.objects.count() == 3
    assert verify_all().sound


def test_a_batch_costs_few_queries_whatever_its_size(write, django_assert_max_num_queries):
    write(1)
    ids = write(200, relayed=False)
    events = list(Event.objects.filter(id__in=ids).order_by("id"))
    with django_assert_max_num_queries(5 + 4), transaction.atomic():  # five, and two savepoints
        writer.append(events)


def test_each_tenant_has_its_own_log(write):
    write(2)
    other = uuid7()
    row = Event.objects.create(
        tenant_id=other, actor={}, kind="ledger_test.noted", subject_kind="thing", subject_id=uuid7()
    )
    writer.append([row])
    assert LedgerEntry.objects.get(tenant_id=other).seq == 0
    origins = dict(LedgerState.objects.values_list("tenant_id", "origin"))
    assert origins[other] == f"{origins[default_tenant()]}/{other}"
    assert verify_all(tenant_id=other).sound and verify_all().sound


def test_a_head_is_signed_with_enough_entries_and_by_the_schedule(write, monkeypatch):
    monkeypatch.setattr(writer, "SIGN_EVERY", 4)
    write(3)
    assert not SignedHead.objects.exists()
    write(1)
    assert SignedHead.objects.get().size == 4
    write(1)
    worker.run_pending()
    assert list(SignedHead.objects.order_by("size").values_list("size", flat=True)) == [4, 5]


def test_the_head_opens_with_the_node_s_key_and_no_other(write):
    write(2, signed=True)
    note = SignedHead.objects.get().note
    origin = note.split("\n")[0]
    assert origin == "127.0.0.1:8000/ledger"
    assert open_checkpoint(note, [NoteKey(origin, keys.signer().public_bytes)]).size == 2
    with pytest.raises(ValueError, match="no trusted key"):
        open_checkpoint(note, [NoteKey(origin, bytes(32))])


def test_where_an_event_stands(write):
    assert inclusion_of(uuid7()).standing is Standing.UNKNOWN
    (waiting,) = write(1, relayed=False)
    assert inclusion_of(waiting).standing is Standing.WAITING
    relay.drain()
    assert inclusion_of(waiting).standing is Standing.LOGGED
    writer.sign_head(default_tenant())
    found = inclusion_of(waiting)
    assert (found.standing, found.seq) == (Standing.PROVED, 0)


@pytest.mark.parametrize("size", [1, 2, 7, 255, 256, 257, 600])
def test_proofs_at_every_edge_of_a_tile(write, size, django_assert_max_num_queries):
    ids = write(size, signed=True)
    all_leaves = leaves()
    assert LedgerNode.objects.count() == size // 256
    own = queries.note_keys(default_tenant())
    for index in {0, 1, size // 2, min(size - 1, 255), min(size - 1, 256), size - 1} & set(range(size)):
        with django_assert_max_num_queries(4):
            found = inclusion_of(ids[index])
        assert found.standing is Standing.PROVED
        read = InclusionProof.parse(str(found.proof))
        assert read.open(all_leaves[index], own).size == size
        assert list(read.hashes) == merkle.proof(merkle.inclusion_plan(index, size), merkle.all_nodes(all_leaves))


def test_a_proof_from_altered_hashes_is_not_given_out(write):
    ids = write(5, signed=True)
    LedgerEntry.objects.filter(seq=1).update(leaf_hash=bytes(32))
    assert inclusion_of(ids[0]).standing is Standing.BROKEN
    LedgerEntry.objects.filter(seq=1).delete()
    assert inclusion_of(ids[0]).standing is Standing.BROKEN


def test_a_failed_batch_is_parked_and_enters_later(write, monkeypatch):
    real = relay._subscribers[writer.SUBSCRIBER]
    broken = relay.Subscriber(real.name, real.kinds, lambda events: 1 / 0)
    monkeypatch.setitem(relay._subscribers, writer.SUBSCRIBER, broken)
    ids = write(2)
    assert not Outbox.objects.exists()
    assert inclusion_of(ids[0]).standing is Standing.WAITING
    assert verify_all().sound  # parked, not put in by hand
    monkeypatch.setitem(relay._subscribers, writer.SUBSCRIBER, real)
    worker.run_pending()
    assert LedgerEntry.objects.count() == 2
    assert verify_all().sound


def test_the_entry_holds_no_personal_value(write):
    party = uuid7()
    (event_id,) = write(1, party_id=party)
    event = Event.objects.get(id=event_id)
    entry = rules.entry_of(event).decode()
    assert event.sealed["commitment"] in entry and str(party) in entry
    assert event.sealed["box"] not in entry and "13800000000" not in entry


def test_a_body_without_canonical_form_still_enters_and_is_guarded(write):
    write(1)
    for body in ({"n": 1.5}, {"n": 2**60}, {"n": "\\ud800"}, {"deep": [{"x": -0.25}]}):
        row = Event.objects.create(
            actor={}, kind="ledger_test.noted", subject_kind="thing", subject_id=uuid7(), body=body
        )
        Outbox.objects.create(event=row)
    relay.drain()
    assert verify_all().sound
    Event.objects.filter(id=row.id).update(body={"deep": [{"x": -0.5}]})
    assert verify_all().finding.event_id == row.id


@given(st.integers(0, 10**12))
def test_tile_paths_of_the_specification_read_back(index):
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
    assert rules.tile_place(path) == (index, None)
    assert rules.tile_place(f"{path}.p/7") == (index, 7)


@pytest.mark.parametrize(
    "path",
    ["", "1", "0001", "x001", "x000/001", "001/002", "abc", "001.p/0", "001.p/256", "001.p/07", "001.p/", "００１"],
)
def test_other_paths_are_no_tiles(path):
    assert rules.tile_place(path) is None


def test_the_specification_s_tile_example():
    assert rules.tile_place("x001/x234/067") == (1234067, None)
