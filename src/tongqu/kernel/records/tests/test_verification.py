"""What anyone with a code learns, and what they do not: states, masks, altered records, the file in their hands."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.acts.errors import Conflict, NotFound, NotPermitted
from tongqu.kernel.records import operations as records
from tongqu.kernel.records import queries, tokens
from tongqu.kernel.records.models import Document, ELicence
from tongqu.kernel.records.rules import mask_person
from tongqu.kernel.records.tests import making
from tongqu.kernel.records.tests.making import ISSUER, SYSTEM, licence, paper

pytestmark = pytest.mark.usefixtures("monday")
LATER = datetime(2032, 1, 1, tzinfo=UTC)


def status(token: str) -> str:
    return queries.verify(token).status


# --- codes ---------------------------------------------------------------------------------------------------------


@given(st.text(tokens.ALPHABET, min_size=12, max_size=12))
def test_a_code_is_read_however_it_is_typed(token: str) -> None:
    shown = tokens.shown_token(token)
    ways = [token, shown, shown.lower(), shown.replace("-", " "), shown.replace("-", "—"), f" {shown} "]
    ways += [token.replace("0", "O"), token.replace("1", "I"), token.replace("1", "l"), f"https://a.example/v/{token}"]
    ways += [f"http://127.0.0.1:8000/v/{shown}/?x=1", "".join(chr(ord(c) + 0xFEE0) for c in token)]
    assert {tokens.read_token(way) for way in ways} == {token}


@given(st.text(max_size=60))
def test_nothing_else_is_read_as_a_code(text: str) -> None:
    found = tokens.read_token(text)
    assert found is None or (len(found) == 12 and set(found) <= set(tokens.ALPHABET))


def test_new_codes_are_readable_and_all_different() -> None:
    made = {tokens.new_token() for _ in range(500)}
    assert len(made) == 500 and all(tokens.read_token(token) == token for token in made)


# --- states --------------------------------------------------------------------------------------------------------


def test_a_licence_is_valid_to_its_last_day_and_expired_after_it() -> None:
    token = licence().token
    assert status(token) == "valid"
    with clock.at(datetime(2031, 3, 1, 23, 59, tzinfo=clock.SHANGHAI)):
        assert status(token) == "valid"
    with clock.at(datetime(2031, 3, 2, 0, 0, tzinfo=clock.SHANGHAI)):
        assert status(token) == "expired"


def test_a_licence_without_an_end_does_not_expire() -> None:
    token = licence(valid_to=None).token
    with clock.at(LATER):
        assert status(token) == "valid"


def _head() -> Actor:
    grant = Grant("cases.revoke_licence", ISSUER, "", "head")
    return Actor(SYSTEM.tenant_id, "staff", making.HOLDER, login_strength=3, grants=(grant,), name="局长")


def test_a_revoked_licence_stays_revoked_and_says_on_which_rule(client: Any) -> None:
    issued = licence()
    with pytest.raises(NotPermitted):
        records.end_licence(
            Actor(SYSTEM.tenant_id, "staff", making.HOLDER), licence_id=issued.id, how="revoked", rule_id="L19"
        )
    assert status(issued.token) == "valid"
    records.end_licence(_head(), licence_id=issued.id, how="revoked", rule_id="L19", expected_version=1)
    with clock.at(LATER):  # past its last day as well: what was taken back does not merely expire
        assert status(issued.token) == "revoked"
    with pytest.raises(Conflict):
        records.end_licence(_head(), licence_id=issued.id, how="revoked", rule_id="L19")
    page = client.get(f"/v/{issued.token}").content.decode()
    assert "已撤销" in page and "/law/rules/L19" in page and "2026年3月2日 10:00" in page


def test_a_code_that_is_nobodys_is_not_found() -> None:
    with pytest.raises(NotFound):
        queries.verify("7K2M-9QXT-4HWD")


# --- altered records -------------------------------------------------------------------------------------------------

EDITS: list[tuple[type[Any], dict[str, Any]]] = [
    (Document, {"holder_name": "清溪区秋石小馆"}),
    (Document, {"holder_kind": "person"}),
    (Document, {"issuer": "明川市人民政府"}),
    (Document, {"title": {"zh-Hans": "准予行政许可决定书"}}),
    (Document, {"title": {"zh-Hans": "食品经营许可证", "en": "Bank licence"}}),
    (Document, {"kind": "decision_grant"}),
    (Document, {"issued_on": "2026-03-01"}),
    (Document, {"signature": {"text": "not a signature"}}),
    (Document, {"signature": {}}),
    (Document, {"signature": {"text": "Ed25519:0000000000000000:AAAA"}}),
    (Document, {"payload": {}}),
    (ELicence, {"valid_to": "2041-03-01"}),
    (ELicence, {"valid_to": None}),
    (ELicence, {"issuer_name": {"zh-Hans": "明川市人民政府"}}),
    (ELicence, {"number": "JY29901020000025"}),
    (ELicence, {"holder_name": "清溪区秋石小馆"}),
]


@pytest.mark.parametrize(
    ("table", "edit"), EDITS, ids=[f"{t.__name__}-{next(iter(e))}-{n}" for n, (t, e) in enumerate(EDITS)]
)
def test_a_row_edited_behind_our_back_is_seen(table: type[Any], edit: dict[str, Any], client: Any) -> None:
    token = licence().token
    table.objects.filter(token=token).update(**edit)
    assert status(token) == "altered"
    page = client.get(f"/v/{token}").content.decode()
    assert "内容被改动" in page and "秋石" not in page and 'name="pdf"' not in page
    assert client.get(f"/v/{token}.json").json()["status"] == "altered"


def test_a_licence_without_its_register_entry_is_not_valid() -> None:
    issued = licence()
    ELicence.objects.filter(id=issued.id).delete()
    assert status(issued.token) == "altered"


def test_a_persons_name_changed_behind_the_mask_is_seen() -> None:
    document = paper("陈立秋", holder_kind="person")
    assert status(document.token) == "valid"
    Document.objects.filter(id=document.id).update(holder_name="陈大秋")  # masked alike
    assert status(document.token) == "altered"


# --- the pages -------------------------------------------------------------------------------------------------------


def test_typing_the_code_leads_to_its_page(client: Any, visit: Any) -> None:
    token = paper().token
    assert visit(client, "/v").status_code == 200
    answer = client.get("/v", {"code": tokens.shown_token(token).lower().replace("0", "o")})
    assert answer.status_code == 302 and answer.url == f"/v/{token}"
    assert client.get(f"/v/{tokens.shown_token(token).lower()}").url == f"/v/{token}"
    wrong = client.get("/v", {"code": "7K2M<script>"})
    assert wrong.status_code == 422 and "12 位" in wrong.content.decode() and "<script>" not in wrong.content.decode()


def test_the_page_of_a_licence(client: Any, visit: Any) -> None:
    answer = visit(client, f"/v/{licence().token}")
    page = answer.content.decode()
    for text in ("有效", "清溪区秋实小馆", making.BUREAU, "JY29901020000017", "2026年3月2日至2031年3月1日", "Ed25519"):
        assert text in page, text
    assert "no-store" in answer.headers["Cache-Control"] and answer.headers["X-Robots-Tag"] == "noindex"
    assert "csrftoken" not in answer.cookies


def test_the_page_of_a_paper_hides_all_but_a_persons_first_character(client: Any) -> None:
    document = paper("欧阳立秋", holder_kind="person")
    page, told = (client.get(f"/v/{document.token}{end}").content.decode() for end in ("", ".json"))
    for text in (page, told):
        assert "欧＊＊＊" in text and "阳" not in text and "立秋" not in text
    assert "真实有效" in page
    assert document.holder_salt.hex() not in told


def test_masks_hide_something_of_every_name() -> None:
    assert [mask_person(name) for name in ("", "陈", "陈秋", "陈立秋", "阿卜杜拉·买买提")] == [
        "", "＊", "陈＊", "陈＊＊", "阿＊＊＊",
    ]  # fmt: skip


def test_an_unknown_code_gets_a_page_that_helps(client: Any, visit: Any) -> None:
    page = visit(client, "/v/7K2M9QXT4HWD", status=404, label="unknown").content.decode()
    assert "没有查到这个核验码" in page and 'name="code"' in page
    assert client.get("/v/nonsense").status_code == 404
    assert client.get("/v/7K2M9QXT4HWD.json").status_code == 404


@pytest.mark.parametrize("kind", ["person", "sole_trader"])
def test_the_signature_can_be_checked_without_us(kind: str, client: Any, visit: Any) -> None:
    document = paper("陈立秋", holder_kind=kind)
    told = visit(client, f"/v/{document.token}.json").json()
    public = base64.b64decode(told["public_key"])
    value = base64.b64decode(told["signature"]["value"])
    assert told["signature"]["key_id"] == crypto.public_key_id("Ed25519", public)
    assert crypto.verify_ed25519(public, value, canonical_bytes(told["payload"]))
    assert not crypto.verify_ed25519(public, value, canonical_bytes({**told["payload"], "issuer": "别处"}))
    assert told["status"] == "valid"


# --- the file in their hands -----------------------------------------------------------------------------------------


def send(client: Any, token: str, data: bytes | None, **more: Any) -> str:
    body = {} if data is None else {"pdf": BytesIO(data)}
    answer = client.post(f"/v/{token}", body, **more)
    return f"{answer.status_code} {answer.content.decode()}"


def test_the_file_itself_is_known_and_one_byte_changed_is_not(client: Any, settings: Any) -> None:
    document = paper()
    pdf = queries.document_pdf(document.tenant_id, document.id)[1]
    files = sorted(settings.TQ_BLOB_DIR.rglob("*"))
    client.handler.enforce_csrf_checks = True  # the form works for somebody without cookies
    assert "这就是制发的原件" in send(client, document.token, pdf)
    place = len(pdf) // 2
    changed = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
    answer = send(client, document.token, changed)
    assert answer.startswith("200") and "与制发的内容不一致" in answer and "真实有效" in answer
    assert sorted(settings.TQ_BLOB_DIR.rglob("*")) == files  # nothing was kept
    assert queries.verify(document.token, pdf_sha256="0" * 64).same_file is False


def test_no_file_and_too_large_a_file_are_asked_for_again(client: Any, settings: Any) -> None:
    document = paper()
    settings.TQ_UPLOAD_LIMIT = 1024 * 1024
    assert "请先选择" in send(client, document.token, None) and send(client, document.token, None).startswith("422")
    assert "请先选择" in send(client, document.token, b"")
    assert "超过 1 MB" in send(client, document.token, b"x" * (1024 * 1024 + 1))
    assert "与制发的内容不一致" in send(client, document.token, b"x" * 1024 * 1024)


def test_one_address_may_ask_sixty_times_a_minute(client: Any) -> None:
    for _ in range(60):
        assert client.get("/v/7K2M9QXT4HWD").status_code == 404
    answer = client.get("/v/7K2M9QXT4HWD.json")
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "60"
    assert client.get("/v", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.get("/v").status_code == 429
    with clock.at(datetime(2026, 3, 2, 10, 1, tzinfo=clock.SHANGHAI)):
        assert client.get("/v").status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "who"),
    [
        (0, "192.0.2.1", "198.51.100.9", "198.51.100.9"),  # nobody may name an address for himself
        (1, "192.0.2.1, 203.0.113.5", "127.0.0.1", "203.0.113.5"),
        (1, "", "127.0.0.1", "unknown"),
        (0, "", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
    ],
)
def test_who_asks(rf: Any, settings: Any, proxies: int, forwarded: str, remote: str, who: str) -> None:
    from tongqu.kernel.records.pages.limiting import caller

    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert caller(rf.get("/v", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)) == who
