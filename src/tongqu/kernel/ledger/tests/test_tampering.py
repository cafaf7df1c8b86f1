"""Somebody edits the database. Verification names the first thing that was touched, and says what was signed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import translation

from tongqu.foundation import merkle
from tongqu.foundation.checkpoint import Checkpoint, NoteError, sign_checkpoint
from tongqu.foundation.crypto import Ed25519Signer
from tongqu.foundation.merkle import Frontier
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.models import Event, Outbox
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.ledger import cli, rules, verify, writer
from tongqu.kernel.ledger.findings import Finding, Head, What
from tongqu.kernel.ledger.models import LedgerEntry, LedgerNode, LedgerState, SignedHead
from tongqu.kernel.ledger.verify import verify_all

ENTRY = LedgerEntry._meta.db_table


@pytest.fixture
def ids(write):
    """Ten events; heads at 4 and 8, two entries not yet signed."""
    return write(4, signed=True) + write(4, signed=True) + write(2)


def verdict(**kept: Any) -> tuple[What, int | None, Head, int | None]:
    found = verify_all(**kept).finding
    assert found is not None
    return found.what, found.seq, found.head, found.head_size


def change_body(event_id) -> None:
    Event.objects.filter(id=event_id).update(body={"n": 999})


def rewrite_from(seq: int, *, upto_chain: bool = True) -> None:
    """What a thorough forger does: recompute leaf hashes (and chain and state) from the events as they are now."""
    chain = bytes(LedgerEntry.objects.get(seq=seq - 1).chain) if seq else rules.NO_CHAIN
    for entry in LedgerEntry.objects.filter(seq__gte=seq).order_by("seq"):
        entry.leaf_hash = rules.leaf_of(Event.objects.get(id=entry.event_id))
        chain = rules.chained(chain, bytes(entry.leaf_hash))
        if upto_chain:
            entry.chain = chain
        entry.save()
    if upto_chain:
        frontier = Frontier()
        frontier.extend(bytes(leaf) for leaf in LedgerEntry.objects.order_by("seq").values_list("leaf_hash", flat=True))
        LedgerState.objects.update(frontier=frontier.serialise(), chain=chain)


def test_an_untouched_log_is_sound(ids):
    report = verify_all()
    assert report.sound and (report.checked, report.heads, report.signed_size) == (10, 2, 8)


def test_an_empty_log_is_sound(db):
    report = verify_all()
    assert report.sound and report.size == 0


def test_a_changed_body_is_named_and_contradicts_the_head(ids):
    change_body(ids[5])
    change_body(ids[6])
    assert verify_all().finding == Finding(What.EVENT_ALTERED, 5, event_id=ids[5], head=Head.DISAGREES, head_size=8)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "cases.accepted"}, {"actor": {"kind": "system"}}, {"rule": None}, {"cause": uuid7()},
        {"subject_id": uuid7()}, {"subject_version": 2}, {"schema_version": 2},
        {"recorded_at": "2020-01-01T00:00:00Z"}, {"effective_at": "2020-01-01T00:00:00Z"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_every_part_of_an_event_is_guarded(ids, change):
    Event.objects.filter(id=ids[2]).update(**change)
    assert verdict() == (What.EVENT_ALTERED, 2, Head.DISAGREES, 4)


def test_what_no_head_covers_yet_is_still_named(ids):
    change_body(ids[9])
    assert verdict() == (What.EVENT_ALTERED, 9, Head.NONE, None)


def test_a_deleted_event_is_named(ids):
    Event.objects.filter(id=ids[3]).delete()
    assert verify_all().finding == Finding(What.EVENT_MISSING, 3, event_id=ids[3], head=Head.DISAGREES, head_size=4)


def test_an_event_given_another_id_is_missing(ids):
    Event.objects.filter(id=ids[3]).update(id=uuid7())
    assert verdict()[:2] == (What.EVENT_MISSING, 3)


def test_a_deleted_entry_is_named(ids):
    LedgerEntry.objects.filter(seq=6).delete()
    Event.objects.filter(id=ids[6]).delete()
    assert verdict() == (What.ENTRY_MISSING, 6, Head.DISAGREES, 8)


@pytest.mark.parametrize("honest_state", [True, False])
def test_a_log_cut_short_contradicts_its_head(ids, honest_state):
    LedgerEntry.objects.filter(seq__gte=7).delete()
    Event.objects.filter(id__in=ids[7:]).delete()
    if not honest_state:
        frontier = Frontier()
        frontier.extend(bytes(leaf) for leaf in LedgerEntry.objects.order_by("seq").values_list("leaf_hash", flat=True))
        chain = LedgerEntry.objects.get(seq=6).chain
        LedgerState.objects.update(size=7, frontier=frontier.serialise(), chain=chain, head_size=4)
    assert verdict() == (What.ENTRY_MISSING, 7, Head.DISAGREES, 8)


def test_two_events_whose_contents_were_swapped(ids):
    one, other = (Event.objects.get(id=ids[at]) for at in (1, 2))
    Event.objects.filter(id=one.id).update(body=other.body, subject_id=other.subject_id)
    Event.objects.filter(id=other.id).update(body=one.body, subject_id=one.subject_id)
    assert verdict() == (What.EVENT_ALTERED, 1, Head.DISAGREES, 4)


def test_two_entries_whose_places_were_swapped(ids):
    with connection.cursor() as cursor:
        for old, new in ((1, -1), (2, 1), (-1, 2)):
            cursor.execute(f"UPDATE {ENTRY} SET seq = %s WHERE seq = %s", [new, old])
    assert verdict() == (What.FORGED, 1, Head.DISAGREES, 4)


def test_a_changed_commitment_is_named(write):
    party = uuid7()
    ids = write(3, party_id=party, signed=True)
    event = Event.objects.get(id=ids[1])
    event.sealed["commitment"] = "0" * 64
    event.save()
    assert verdict() == (What.EVENT_ALTERED, 1, Head.DISAGREES, 3)


def test_a_sealed_value_given_to_another_party_is_named(write):
    ids = write(3, party_id=uuid7(), signed=True)
    event = Event.objects.get(id=ids[0])
    event.sealed["party"] = str(uuid7())
    event.save()
    assert verdict() == (What.EVENT_ALTERED, 0, Head.DISAGREES, 3)


def test_erasing_a_person_leaves_the_log_sound(write, sealer):
    party = uuid7()
    ids = write(3, party_id=party, signed=True)
    del sealer.keys[party]
    assert verify_all().sound
    for event in Event.objects.filter(id__in=ids):  # even the boxes may go
        event.sealed = {"party": event.sealed["party"], "commitment": event.sealed["commitment"]}
        event.save()
    assert verify_all().sound


def test_an_entry_forged_with_its_leaf_is_named_by_the_chain(ids):
    change_body(ids[5])
    LedgerEntry.objects.filter(seq=5).update(leaf_hash=rules.leaf_of(Event.objects.get(id=ids[5])))
    assert verify_all().finding == Finding(What.FORGED, 5, event_id=ids[5], head=Head.DISAGREES, head_size=8)


def test_a_log_recomputed_throughout_still_contradicts_the_head(ids):
    change_body(ids[5])
    rewrite_from(5)
    assert verify_all().finding == Finding(What.REWRITTEN, 4, 7, head=Head.DISAGREES, head_size=8)


def test_an_inserted_entry_with_everything_recomputed_contradicts_the_head(ids):
    forged = Event.objects.create(actor={}, kind="ledger_test.noted", subject_kind="thing", subject_id=uuid7())
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {ENTRY} SET seq = -seq - 1 WHERE seq >= 2")
        cursor.execute(f"UPDATE {ENTRY} SET seq = -seq WHERE seq < 0")
    LedgerEntry.objects.create(event_id=forged.id, seq=2, leaf_hash=bytes(32), chain=bytes(32))
    LedgerState.objects.update(size=F("size") + 1)
    rewrite_from(2)
    assert verify_all().finding == Finding(What.REWRITTEN, 0, 3, head=Head.DISAGREES, head_size=4)


def test_only_the_ledger_s_row_was_changed_and_the_head_clears_the_event(ids):
    LedgerEntry.objects.filter(seq=2).update(leaf_hash=bytes(32))
    assert verdict() == (What.ENTRY_ALTERED, 2, Head.CONFIRMS, 4)
    LedgerEntry.objects.filter(seq=2).update(leaf_hash=rules.leaf_of(Event.objects.get(id=ids[2])), chain=bytes(32))
    assert verdict() == (What.ENTRY_ALTERED, 2, Head.CONFIRMS, 4)


def test_an_event_put_in_by_hand_is_told_from_one_on_its_way(ids, write):
    write(1, relayed=False)
    assert verify_all().sound and verify_all().waiting == 1
    stray = Event.objects.create(actor={}, kind="ledger_test.noted", subject_kind="thing", subject_id=uuid7())
    assert verify_all().finding == Finding(What.UNLOGGED, event_id=stray.id)
    Outbox.objects.create(event=stray)
    assert verify_all().sound


@pytest.mark.parametrize("seq", [10, -1])
def test_an_entry_outside_the_log(ids, seq):
    stray = Event.objects.create(actor={}, kind="ledger_test.noted", subject_kind="thing", subject_id=uuid7())
    LedgerEntry.objects.create(event_id=stray.id, seq=seq, leaf_hash=rules.leaf_of(stray), chain=bytes(32))
    assert verdict()[:2] == (What.EXTRA, seq)


def test_a_head_signed_by_someone_else_or_altered(ids):
    head = SignedHead.objects.get(size=8)
    forged = sign_checkpoint(Checkpoint("127.0.0.1:8000/ledger", 8, bytes(head.root)), Ed25519Signer.generate())
    for change in ({"note": forged}, {"root": bytes(32)}, {"note": "nothing"}):
        SignedHead.objects.filter(id=head.id).update(**change)
        assert verdict() == (What.HEAD, None, Head.NONE, 8)
        head.save()
    assert verify_all().sound


def test_another_log_s_head_signed_by_this_node_is_not_taken(ids):
    head = SignedHead.objects.get(size=8)
    head.note = sign_checkpoint(Checkpoint("elsewhere.example/ledger", 8, bytes(head.root)), keys.signer())
    head.save()
    assert verdict()[0] is What.HEAD


def test_a_rotated_key_still_vouches_for_what_it_signed(ids, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    keys._signer.cache_clear()
    try:
        SignedHead.objects.all().delete()
        LedgerState.objects.update(head_size=0)
        writer.sign_head(default_tenant())
        keys.rotate()
        report = verify_all()
        assert report.sound and report.signed_size == 10
    finally:
        keys._signer.cache_clear()


def test_the_state_row(ids):
    LedgerState.objects.update(frontier=Frontier(10, [bytes(32)] * 2).serialise())
    assert verdict()[0] is What.STATE
    LedgerState.objects.all().delete()
    assert verdict()[0] is What.STATE


def test_a_checkpoint_kept_elsewhere_unmasks_a_log_rewritten_with_its_heads(ids):
    kept = SignedHead.objects.get(size=8).note
    assert verify_all(kept=[kept]).heads == 3
    change_body(ids[1])
    rewrite_from(1)
    SignedHead.objects.all().delete()
    writer.sign_head(default_tenant())  # a forger who even holds the key
    LedgerState.objects.update(head_size=0)
    SignedHead.objects.all().delete()
    writer.sign_head(default_tenant())
    assert verify_all().sound
    assert verify_all(kept=[kept]).finding == Finding(What.REWRITTEN, 0, 7, head=Head.DISAGREES, head_size=8)
    with pytest.raises(NoteError):
        verify_all(kept=[kept.replace("8\n", "9\n", 1)])


class TestWithTiles:
    """Enough entries for stored tree nodes."""

    @pytest.fixture
    def many(self, write, monkeypatch):
        monkeypatch.setattr(verify, "CHUNK", 300)
        monkeypatch.setattr(writer, "SIGN_EVERY", 10**9)
        return write(600)

    def test_a_wrong_node_under_a_head(self, many):
        writer.sign_head(default_tenant())
        LedgerNode.objects.filter(position=1).update(hash=bytes(32))
        assert verdict() == (What.NODE, 256, Head.NONE, 600)
        LedgerNode.objects.filter(position=1).delete()
        assert verdict() == (What.NODE, 256, Head.NONE, 600)

    def test_a_node_left_behind_narrows_a_rewriting(self, many):
        writer.sign_head(default_tenant())
        change_body(many[300])
        rewrite_from(300)
        assert verify_all().finding == Finding(What.REWRITTEN, 256, 511, head=Head.DISAGREES, head_size=600)

    def test_and_without_a_head_it_is_all_that_tells(self, many):
        change_body(many[300])
        rewrite_from(300)
        assert verify_all().finding == Finding(What.REWRITTEN, 256, 511)

    def test_progress_and_queries_by_chunk(self, many, django_assert_max_num_queries):
        seen = []
        with django_assert_max_num_queries(4 + 3 * 2 + 1 + 8):
            assert verify_all(lambda done, size: seen.append((done, size))).sound
        assert seen == [(300, 600), (600, 600)]


class TestCommand:
    def run(self, **options: Any) -> tuple[int, str]:
        out = io.StringIO()
        with translation.override("zh-hans"):
            code = cli.verify_command(out, **options)
        return code, out.getvalue()

    def test_sound(self, ids):
        code, line = self.run()
        assert code == 0 and line.count("\n") == 1 and "10 条" in line

    def test_altered(self, ids):
        change_body(ids[5])
        assert self.run() == (1, f"第 5 条（事件 {ids[5]}）的内容在入账后被改动，与 8 条处的签名树头不符\n")

    def test_every_finding_has_its_sentence(self):
        for what in What:
            for head in Head:
                line = Finding(what, 1, 2, uuid7(), head, 8).sentence
                assert line and "%" not in line and "None" not in line

    def test_kept_checkpoints(self, ids, tmp_path):
        good, bad = tmp_path / "good", tmp_path / "bad"
        good.write_text(SignedHead.objects.get(size=4).note)
        bad.write_text("nothing")
        assert self.run(kept=[good])[0] == 0
        assert self.run(kept=[bad])[0] == self.run(kept=[tmp_path / "absent"])[0] == 2


def test_a_tree_hash_is_what_the_rfc_says(ids):
    stored = [bytes(leaf) for leaf in LedgerEntry.objects.order_by("seq").values_list("leaf_hash", flat=True)]
    assert bytes(SignedHead.objects.get(size=8).root) == merkle.root_of(stored[:8])
