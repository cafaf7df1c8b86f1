"""Notes of other implementations open here and ours have their exact bytes; whatever was changed is refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tongqu.foundation import merkle
from tongqu.foundation.checkpoint import (
    Checkpoint,
    InclusionProof,
    NoteError,
    NoteKey,
    SignedNote,
    open_checkpoint,
    sign_checkpoint,
    sign_note,
)  # fmt: skip
from tongqu.foundation.crypto import Ed25519Signer

# From the documentation of golang.org/x/mod/sumdb/note, where the format comes from.
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_NOTE = (
    GO_TEXT + "\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# From c2sp.org/signed-note ("Verifier keys") and c2sp.org/tlog-checkpoint.
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
C2SP_CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)

SIGNER = Ed25519Signer(bytes(range(32)))
STRANGER = Ed25519Signer(bytes(range(1, 33)))
ORIGIN = "tongqu.example/mingchuan"
KEY = NoteKey(ORIGIN, SIGNER.public_bytes)
HEAD = Checkpoint(ORIGIN, 5, merkle.leaf_hash(b"root"))
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


def test_our_note_has_the_bytes_of_the_reference_implementation() -> None:
    assert str(sign_note(GO_TEXT, Ed25519Signer(GO_SEED), name="PeterNeumann")) == GO_NOTE
    assert str(NoteKey("PeterNeumann", Ed25519Signer(GO_SEED).public_bytes)) == GO_KEY


@pytest.mark.parametrize(("note", "key"), [(GO_NOTE, GO_KEY), (C2SP_NOTE, C2SP_KEY)])
def test_notes_made_by_others_open(note: str, key: str) -> None:
    parsed = SignedNote.parse(note)
    assert str(parsed) == note
    assert [str(found) for found in parsed.signed_by([NoteKey.parse(key)])] == [key]
    with pytest.raises(NoteError, match="does not fit"):
        SignedNote.parse("X" + note[1:]).signed_by([NoteKey.parse(key)])


def test_the_specification_s_checkpoint_reads() -> None:
    found = Checkpoint.parse(SignedNote.parse(C2SP_CHECKPOINT).text)
    assert (found.origin, found.size, found.extensions) == ("example.com/behind-the-sofa", 20852163, ())
    assert found.root.hex().startswith("0ac5186a91863e8e")


@given(st.integers(0, 10**18), st.binary(min_size=32, max_size=32), st.lists(lines, max_size=2))
def test_a_signed_checkpoint_opens_to_itself(size: int, root: bytes, extensions: list[str]) -> None:
    head = Checkpoint(ORIGIN, size, root, tuple(extensions))
    assert open_checkpoint(sign_checkpoint(head, SIGNER), [KEY]) == head


@given(st.integers(0), st.characters(exclude_categories=["Cs"]))
def test_no_character_of_a_checkpoint_can_change(at: int, character: str) -> None:
    note = sign_checkpoint(HEAD, SIGNER)
    at %= len(note)
    assume(note[at] != character)
    with pytest.raises(NoteError):
        open_checkpoint(note[:at] + character + note[at + 1 :], [KEY])


def test_only_the_log_s_own_trusted_key_counts() -> None:
    note = sign_checkpoint(HEAD, STRANGER)
    with pytest.raises(NoteError, match="no trusted key"):
        open_checkpoint(note, [KEY])
    other_name = str(sign_note(HEAD.text(), SIGNER, name="witness.example"))
    with pytest.raises(NoteError, match="the log itself"):
        open_checkpoint(other_name, [NoteKey("witness.example", SIGNER.public_bytes)])


def test_unknown_cosigners_are_passed_over_and_a_bad_known_one_is_not() -> None:
    own = sign_note(HEAD.text(), SIGNER, name=ORIGIN)
    witness = sign_note(HEAD.text(), STRANGER, name="witness.example")
    wrong = sign_note("another\n", STRANGER, name="witness.example")
    witness_key = NoteKey("witness.example", STRANGER.public_bytes)
    both = SignedNote(own.text, own.signatures + witness.signatures)
    assert SignedNote.parse(str(both)).signed_by([KEY]) == [KEY]
    assert both.signed_by([KEY, witness_key]) == [KEY, witness_key]
    spoilt = str(SignedNote(own.text, own.signatures + wrong.signatures))
    assert open_checkpoint(spoilt, [KEY]) == HEAD
    with pytest.raises(NoteError, match=r"witness\.example"):
        open_checkpoint(spoilt, [KEY, witness_key])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n\u2014 name AAAAAAA=",
        "text\n\n- name AAAAAAA=\n",
        "text\n\n\u2014 na+me AAAAAAA=\n",
        "text\n\n\u2014 name AAAA\n",
        "text\n\n\u2014 name AAAAAAB=\n",
        "text\n\n\u2014  AAAAAAA=\n",
        "te\txt\n\n\u2014 name AAAAAAA=\n",
        "text\n\n\u2014 name AAAAAAA=\n" + "\u2014 name AAAAAAA=\n" * 100,
        "x" * 1_000_001,
    ],
)
def test_what_is_not_a_note(note: str) -> None:
    with pytest.raises(NoteError):
        SignedNote.parse(note)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "o\n01\n{r}\n",
        "o\n-1\n{r}\n",
        "\n1\n{r}\n",
        "o\n1\n{r}",
        "o\n1\nAAAA\n",
        "o\n1\n{r}\n\n",
        "o\n１\n{r}\n",
    ],
)
def test_what_is_not_a_checkpoint(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text.replace("{r}", base64.b64encode(bytes(32)).decode()))


def test_a_checkpoint_that_would_read_as_another_is_not_written() -> None:
    for head in (
        Checkpoint("evil\n999", 1, bytes(32)), Checkpoint("", 1, bytes(32)), Checkpoint("o", -1, bytes(32)),
        Checkpoint("o", 1, b"short"), Checkpoint("o", 1, bytes(32), ("",)), Checkpoint("o", 1, bytes(32), ("a\nb",)),
        Checkpoint("o\ud800", 1, bytes(32)), Checkpoint("o\r", 1, bytes(32)),
    ):  # fmt: skip
        with pytest.raises(NoteError):
            head.text()


@pytest.mark.parametrize(
    "text", ["", "a+b", GO_KEY[:-2], GO_KEY.replace("c74f", "c74e"), "a b" + GO_KEY[12:], "x+00000000+AAAA"]
)
def test_what_is_not_a_key(text: str) -> None:
    with pytest.raises(NoteError):
        NoteKey.parse(text)


@given(st.integers(1, 40), st.data(), st.none() | st.binary(max_size=20))
def test_a_proof_file_proves_its_entry_and_no_other(size: int, data: st.DataObject, extra: bytes | None) -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    head = Checkpoint(ORIGIN, size, merkle.root_of(leaves))
    path = merkle.proof(merkle.inclusion_plan(index, size), merkle.all_nodes(leaves))
    made = InclusionProof(index, tuple(path), sign_checkpoint(head, SIGNER), extra)
    read = InclusionProof.parse(str(made))
    assert read == made
    assert read.open(leaves[index], [KEY]) == head
    with pytest.raises(NoteError):
        read.open(merkle.leaf_hash(b"another"), [KEY])
    with pytest.raises(NoteError):
        read.open(leaves[index], [NoteKey(ORIGIN, STRANGER.public_bytes)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n\nx",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nx",
        "c2sp.org/tlog-proof@v1\nextra AA==\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 1",
    ],
)
def test_what_is_not_a_proof(text: str) -> None:
    with pytest.raises(NoteError):
        InclusionProof.parse(text)
