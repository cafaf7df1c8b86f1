"""What a counter asks and allows, read from `data.yaml`, and where the devices' bridge is."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from tongqu.kernel.standards.plain_yaml import load_file

_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


@dataclass(frozen=True, slots=True)
class Question:
    code: str
    text: dict[str, str]


@dataclass(frozen=True, slots=True)
class Phone:
    """How a caller is known and how he confirms."""

    questions: tuple[Question, ...]
    least_right: int
    code_minutes: int
    code_tries: int
    codes_most: int


@functools.cache
def phone() -> Phone:
    raw = load_file(Path(__file__).with_name("data.yaml"))["phone"]
    questions = tuple(Question(q["code"], q["text"]) for q in raw["questions"])
    return Phone(questions, raw["least_right"], raw["code_minutes"], raw["code_tries"], raw["codes_most"])


def bridge_origin() -> str:
    """The origin of the bridge on the clerk's own PC, "" for none. Anything but a loopback address counts as none: a
    page may never be sent to ask another machine for somebody's identity card."""
    parts = urlsplit(settings.TQ_BRIDGE_URL)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    try:
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme != "http" or host not in _LOOPBACK or not port:
        return ""
    return f"http://{host}:{port}"
