"""What the public gets, put together by nothing but the published formats."""

from __future__ import annotations

import pytest

from tongqu.foundation import merkle
from tongqu.foundation.checkpoint import InclusionProof, NoteKey, open_checkpoint
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.models import Event
from tongqu.kernel.ledger import rules
from tongqu.kernel.ledger.models import LedgerEntry


def published_keys(client) -> list[NoteKey]:
    return [NoteKey.parse(line) for line in client.get("/ledger/key").content.decode().splitlines()]


def test_before_anything_is_signed(client, write):
    assert client.get("/ledger/checkpoint").status_code == 404
    assert client.get("/ledger/key").content == b""
    assert client.get("/ledger/tile/0/000").status_code == 404
    (event_id,) = write(1, relayed=False)
    response = client.get(f"/ledger/proof/{event_id}")
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert client.get(f"/ledger/proof/{uuid7()}").status_code == 404


def test_a_stranger_verifies_an_event_offline(client, write):
    ids = write(300, signed=True)
    keys = published_keys(client)
    response = client.get("/ledger/checkpoint")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    head = open_checkpoint(response.content.decode(), keys)
    assert head.size == 300
    response = client.get(f"/ledger/proof/{ids[123]}")
    assert response["Content-Disposition"].endswith('.tlog-proof"')
    proof = InclusionProof.parse(response.content.decode())
    entry = rules.entry_of(Event.objects.get(id=ids[123]))
    assert proof.open(merkle.leaf_hash(entry), keys) == head


def test_the_tiles_rebuild_the_signed_root_and_no_more_is_served(client, write):
    write(600, signed=True)
    write(5)  # not signed yet
    head = open_checkpoint(client.get("/ledger/checkpoint").content.decode(), published_keys(client))
    tiles = [client.get(f"/ledger/tile/0/{place}") for place in ("000", "001", "002.p/88")]
    assert [tile.status_code for tile in tiles] == [200, 200, 200]
    hashes = [tile.content[at : at + 32] for tile in tiles for at in range(0, len(tile.content), 32)]
    assert merkle.root_of(hashes) == head.root
    above = client.get("/ledger/tile/1/000.p/2").content
    assert above == merkle.root_of(hashes[:256]) + merkle.root_of(hashes[256:512])
    for absent in ("0/002", "0/002.p/89", "1/000", "1/000.p/3", "2/000.p/1", "0/x", "64/000", "0/999"):
        assert client.get(f"/ledger/tile/{absent}").status_code == 404


def test_broken_storage_is_said_and_not_served(client, write):
    ids = write(5, signed=True)
    LedgerEntry.objects.filter(seq=1).delete()
    assert client.get(f"/ledger/proof/{ids[0]}").status_code == 500
    assert client.get("/ledger/tile/0/000.p/5").status_code == 500


@pytest.mark.parametrize("path", ["checkpoint", "key", "tile/0/000", "proof/01900000-0000-7000-8000-00000000abcd"])
def test_reading_only(client, db, path):
    assert client.post(f"/ledger/{path}").status_code == 405


def test_what_each_page_costs(client, visit, write):
    ids = write(300, signed=True)
    visit(client, "/ledger/checkpoint")
    visit(client, "/ledger/key")
    visit(client, f"/ledger/proof/{ids[7]}")
    visit(client, "/ledger/tile/0/000")
