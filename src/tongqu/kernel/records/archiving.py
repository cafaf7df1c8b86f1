"""The four-property check 四性检测 of an archive package, from its bytes and the public keys alone."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tongqu.foundation import crypto
from tongqu.kernel.records import pdf
from tongqu.kernel.records.images import dimensions, plain
from tongqu.kernel.records.rules import sniff

PROPERTIES = ("authenticity", "integrity", "usability", "safety")
_RUNNING = (".exe", ".js", ".html", ".svg", ".bat", ".sh")
DATA = Path(__file__).resolve().parent / "data"


def four_property_check(package: bytes, *, public_keys: Mapping[str, bytes]) -> dict[str, Any]:
    """{authenticity, integrity, usability, safety: {passed, note}, passed}. Raises nothing: a broken package fails."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as opened:
            names = opened.namelist()
            parts = {name: opened.read(name) for name in names}
        manifest = json.loads(parts["manifest.json"])
        signature = crypto.Signature.parse(parts["manifest.sig"].decode())
        listed: dict[str, str] = dict(manifest["files"])
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, LookupError, TypeError, ValueError) as error:
        closed = _result(False, f"cannot be opened: {type(error).__name__}")
        return {**dict.fromkeys(PROPERTIES, closed), "passed": False}
    files = {name: data for name, data in parts.items() if name not in {"manifest.json", "manifest.sig"}}
    altered = [n for n, d in listed.items() if n in files and hashlib.sha256(files[n]).hexdigest() != d]
    odd = sorted((set(listed) ^ set(files)) | {name for name in names if names.count(name) > 1})
    unreadable = [n for n, d in files.items() if not _usable(n, d)]
    unsafe = [n for n, d in files.items() if not _safe(n, d)]
    found = {
        "authenticity": _result(
            crypto.verify(public_keys, signature, parts["manifest.json"]), "signature of the manifest"
        ),
        "integrity": _result(not altered and not odd, ", ".join([*altered, *odd]) or "every file as listed"),
        "usability": _result(not unreadable, ", ".join(unreadable) or "every file in a known format"),
        "safety": _result(not unsafe, ", ".join(unsafe) or "nothing that runs"),
    }
    return {**found, "passed": all(part["passed"] for part in found.values())}


def _result(passed: bool, note: str) -> dict[str, Any]:
    return {"passed": passed, "note": note}


def _usable(name: str, data: bytes) -> bool:
    if name.endswith(".json"):
        try:
            json.loads(data)
        except (ValueError, RecursionError):
            return False
        return True
    found = sniff(data)
    return found is not None and (not found.media_type.startswith("image/") or bool(dimensions(data) and plain(data)))


def _safe(name: str, data: bytes) -> bool:
    """Nothing that leaves its folder when unpacked, runs when opened, or stays shut in thirty years."""
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        return False
    if name.lower().endswith(_RUNNING):
        return False
    return not data.startswith(b"%PDF-") or pdf.finding(data) is None


@functools.cache
def _retention() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DATA / "retention.yaml").read_text("utf-8"))
    return loaded


def retention(kind: str) -> int | None:
    """Years a kind of file is kept; None: for ever. Raises KeyError for an unknown kind."""
    years: int | None = _retention()["kinds"][kind]["years"]
    return years
