"""Known answers from the RFCs, and what must hold for every input."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation import crypto
from tongqu.foundation.crypto import Ed25519Signer, Signature

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))

# RFC 8032 §7.1, TEST 1 to 3: private key, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_ed25519_known_answers(seed: str, public: str, message: str, signature: str) -> None:
    signer = Ed25519Signer(bytes.fromhex(seed))
    assert signer.public_bytes.hex() == public
    assert signer.sign(bytes.fromhex(message)).value.hex() == signature
    assert crypto.verify_ed25519(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message))


# RFC 5869 appendix A, cases 1 and 3.
@pytest.mark.parametrize(
    ("secret", "salt", "info", "length", "expected"),
    [
        (
            "0b" * 22, "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9", 42,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            "0b" * 22, "", "", 42,
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)  # fmt: skip
def test_hkdf_known_answers(secret: str, salt: str, info: str, length: int, expected: str) -> None:
    found = crypto.hkdf(bytes.fromhex(secret), salt=bytes.fromhex(salt), info=bytes.fromhex(info), length=length)
    assert found.hex() == expected


def test_blind_index_known_answer() -> None:
    """RFC 4231 test case 1."""
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert crypto.blind_index(b"\x0b" * 20, "Hi There") == expected


def test_aes_256_gcm_known_answer_and_box_layout() -> None:
    """The GCM specification's test case 14 for the primitive; then that a box is exactly what its docstring says."""
    zero = AESGCM(bytes(32)).encrypt(bytes(12), bytes(16), b"")
    assert zero.hex() == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
    box = crypto.seal(KEY, b"plain", b"where")
    header, nonce, rest = box[:9], box[9:21], box[21:]
    assert header == b"\x01" + bytes.fromhex(crypto.key_id(KEY))
    assert AESGCM(KEY).decrypt(nonce, rest, header + b"where") == b"plain"


@given(st.binary(max_size=300), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_message_or_signature_does_not_verify(data: bytes, where: int, flip: int) -> None:
    signer = Ed25519Signer(KEY)
    keys = {signer.key_id: signer.public_bytes}
    signature = signer.sign(data)
    assert crypto.verify(keys, Signature.parse(str(signature)), data)
    assert not crypto.verify(keys, signature, data + b"x")
    value = bytearray(signature.value)
    value[where % 64] ^= flip
    assert not crypto.verify(keys, Signature(signature.alg, signature.key_id, bytes(value)), data)


def test_verify_refuses_unknown_keys_algorithms_and_substituted_keys() -> None:
    signer, stranger = Ed25519Signer(KEY), Ed25519Signer(OTHER)
    signature = signer.sign(b"data")
    assert not crypto.verify({}, signature, b"data")
    assert not crypto.verify({stranger.key_id: stranger.public_bytes}, signature, b"data")
    relabelled = Signature("none", signature.key_id, signature.value)
    assert not crypto.verify({signer.key_id: signer.public_bytes}, relabelled, b"data")
    # a stranger's key filed under the signer's id is not the signer's key
    forged = Signature(signature.alg, signer.key_id, stranger.sign(b"data").value)
    assert not crypto.verify({signer.key_id: stranger.public_bytes}, forged, b"data")


def test_key_ids_are_stable_and_secrets_stay_out_of_repr() -> None:
    signer = Ed25519Signer(KEY)
    assert signer.key_id == Ed25519Signer(signer.seed).key_id == "ce08d96f4e1b5bc5"
    assert KEY.hex() not in repr(signer) and "ce08d96f4e1b5bc5" in repr(signer)
    assert Ed25519Signer.generate().key_id != Ed25519Signer.generate().key_id


@pytest.mark.parametrize("text", ["", "Ed25519", "Ed25519:ab", "Ed25519:ab:", "Ed25519:ab:!!", "a:b:c:d", ":ab:AAAA"])
def test_malformed_signature_text(text: str) -> None:
    with pytest.raises(crypto.MalformedSignature):
        Signature.parse(text)


@given(st.binary(max_size=500), st.binary(max_size=50))
def test_a_box_opens_to_what_was_sealed(plaintext: bytes, aad: bytes) -> None:
    box = crypto.seal(KEY, plaintext, aad)
    assert crypto.open_(KEY, box, aad) == plaintext
    assert crypto.open_with({crypto.key_id(KEY): KEY, crypto.key_id(OTHER): OTHER}, box, aad) == plaintext
    assert crypto.seal(KEY, plaintext, aad) != box


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_of_a_box_can_change(where: int, flip: int) -> None:
    box = bytearray(crypto.seal(KEY, b"some personal value", b"row 7"))
    box[where % len(box)] ^= flip
    with pytest.raises(crypto.CryptoError):
        crypto.open_(KEY, bytes(box), b"row 7")


def test_a_box_opens_only_with_its_key_and_in_its_place() -> None:
    box = crypto.seal(KEY, b"value", b"row 7")
    with pytest.raises(crypto.BoxBroken):
        crypto.open_(KEY, box, b"row 8")
    with pytest.raises(crypto.WrongKey) as caught:
        crypto.open_(OTHER, box, b"row 7")
    assert caught.value.key_id == crypto.key_id(KEY) == crypto.box_key_id(box)
    with pytest.raises(crypto.WrongKey):
        crypto.open_with({crypto.key_id(OTHER): OTHER}, box, b"row 7")
    for bad in (b"", b"\x01short", b"\x02" + box[1:]):
        with pytest.raises(crypto.MalformedBox):
            crypto.open_(KEY, bad, b"row 7")


def test_short_keys_are_refused() -> None:
    for call in (
        lambda: crypto.seal(b"short", b"", b""),
        lambda: crypto.derive(b"short", "x"),
        lambda: crypto.derive(KEY, ""),
        lambda: crypto.blind_index(b"short", "x"),
        lambda: Ed25519Signer(b"short"),
        lambda: crypto.commit(b"", salt=b"short"),
    ):
        with pytest.raises(crypto.CryptoError):
            call()


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_derived_keys_differ_by_purpose_and_are_stable(one: str, two: str) -> None:
    assert crypto.derive(KEY, one) == crypto.derive(KEY, one)
    assert (crypto.derive(KEY, one) == crypto.derive(KEY, two)) == (one == two)
    assert crypto.derive(KEY, one) != crypto.derive(OTHER, one)
    assert (crypto.blind_index(KEY, one) == crypto.blind_index(KEY, two)) == (one == two)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_commitment_fits_one_data_and_one_salt(data: bytes, other: bytes) -> None:
    made = crypto.commit(data)
    assert crypto.commits_to(made.value, salt=made.salt, data=data)
    assert crypto.commits_to(made.value, salt=made.salt, data=other) == (data == other)
    assert not crypto.commits_to(made.value, salt=crypto.commit(data).salt, data=data)
    assert not crypto.commits_to(made.value, salt=b"", data=data)
