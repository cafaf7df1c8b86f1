"""What an ID reader's answer is worth: never more than typed input, but recorded with the device, and its signature.

A reader that signs does so over the canonical JSON of {device, kind, name, nonce, number, read_at}. The nonce is ours,
good for one page and a quarter of an hour, so a reading cannot be sent in again tomorrow.
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from tongqu.foundation import crypto, strict_json
from tongqu.foundation.canonical import NotCanonical, canonical_bytes
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.standards.plain_yaml import load_file
from tongqu.kernel.ui.forms import cleaning

SIGNED = ("device", "kind", "name", "nonce", "number", "read_at")
LONGEST = 4000  # characters of a reading
NONCE_LIFE = timedelta(minutes=15)
_SALT = "tongqu.counter.reader"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the card's data came: `how` is reader or typed; `signed`: "" no signature, "good", or "unchecked"."""

    how: str
    device: str = ""
    signed: str = ""


def new_nonce(account_id: str) -> str:
    """A nonce for one page of this clerk."""
    return signing.dumps(account_id, salt=_SALT)


def judge(raw: str, *, kind: str, number: str, name: str, account_id: str) -> Reading:
    """What the hidden field `reading` of the page says about the typed fields beside it.

    Typed, where there is none, where it does not parse, or where the fields were changed after the reading. Raises
    Invalid for a signature that does not fit, for a nonce that is not this clerk's or is too old.
    """
    said = _parsed(raw)
    if said is None or (said.get("kind"), said.get("number"), said.get("name")) != (kind, number, name):
        return Reading("typed")
    try:
        device = cleaning.one_line(str(said.get("device", ""))[:80])
    except cleaning.Unreadable:
        return Reading("typed")
    signature = said.get("signature")
    if not signature:
        return Reading("reader", device)
    keys = _keys(settings.TQ_BRIDGE_READERS)
    if not keys:
        return Reading("reader", device, "unchecked")
    if not _good_nonce(str(said.get("nonce", "")), account_id):
        raise _wrong(_("读卡结果已经过期，请重新读卡"))
    if not _fits(said, signature, keys):
        raise _wrong(_("读卡器的签名核对不上，请重新读卡；仍不行的，请手工录入"))
    return Reading("reader", device, "good")


def _wrong(why: str) -> Invalid:
    return Invalid(why, code="reading", field="id_no")


def _parsed(raw: str) -> dict[str, Any] | None:
    if not raw or len(raw) > LONGEST:
        return None
    try:
        said = strict_json.read(raw.encode("utf-8", "surrogatepass"))
    except strict_json.StrictJsonError:
        return None
    return said if isinstance(said, dict) else None


def _good_nonce(nonce: str, account_id: str) -> bool:
    try:
        return bool(signing.loads(nonce, salt=_SALT, max_age=NONCE_LIFE) == account_id)
    except signing.BadSignature:
        return False


def _fits(said: Mapping[str, Any], signature: Any, keys: Mapping[str, bytes]) -> bool:
    try:
        data = canonical_bytes({name: said[name] for name in SIGNED})
        value = base64.b64decode(signature["value"], validate=True)
        made = crypto.Signature(str(signature["alg"]), str(signature["key_id"]), value)
    except (KeyError, TypeError, NotCanonical, binascii.Error, ValueError):
        return False
    return crypto.verify(keys, made, data)


@functools.cache
def _keys(path: str) -> dict[str, bytes]:
    """{key id: public key} of the readers that sign: `readers: [{device, public_key: base64}]` of a YAML file."""
    if not path:
        return {}
    found = {}
    for row in load_file(Path(path))["readers"]:
        public = base64.b64decode(row["public_key"], validate=True)
        found[crypto.public_key_id(crypto.ED25519, public)] = public
    return found
