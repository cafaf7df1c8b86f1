"""Starting an application by program; everything after that is the case's own interface."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel

from tongqu.domains.services import applying
from tongqu.kernel.acts.networks import public_only
from tongqu.kernel.cases.api import Key, caller
from tongqu.kernel.cases.api_shapes import Strict
from tongqu.kernel.packages import queries as packages

router = Router(tags=["services"])


class BeginIn(Strict):
    triage: dict[str, str] = {}


class Begun(BaseModel):
    case_id: UUID
    version: int


@router.post("/services/{slug:code}/drafts", response={201: Begun}, summary="Open a draft for the party one stands for")
@public_only
def begin(request: HttpRequest, code: str, body: BeginIn, key: Key) -> Status[dict[str, Any]]:
    return Status(201, applying.begin(caller(request), packages.current(code), triage=body.triage, key=key))
