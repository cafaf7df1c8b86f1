"""What goes in and comes out of the interface of cases: the shapes that its description publishes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """What comes in: no field that we do not know, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


MOST_FIELDS = 500  # as in a page's form (DATA_UPLOAD_MAX_NUMBER_FIELDS)


class ActIn(Strict):
    inputs: dict[str, Any] = Field(
        default_factory=dict, max_length=MOST_FIELDS, description="as the offer's `inputs` schema says"
    )
    expected_version: int = Field(ge=1, description="the case's `version` as it was seen")


class DraftIn(Strict):
    values: dict[str, Any] = Field(
        max_length=MOST_FIELDS, description="fields to replace, as `/cases/{case_id}/form` describes them"
    )
    expected_version: int | None = Field(default=None, ge=1)


class CaseCard(BaseModel):
    id: UUID
    case_no: str | None
    item: str
    title: str
    applicant: str
    state: str
    state_name: str
    updated_at: datetime
    due_at: datetime | None = None


class CasePage(BaseModel):
    items: list[CaseCard]
    next: str | None


class BlockerOut(BaseModel):
    code: str
    message: str
    rule: str | None


class OfferOut(BaseModel):
    action: str
    name: str
    open: bool
    blockers: list[BlockerOut]
    rule: str | None
    confirm: bool
    inputs: dict[str, Any] = Field(description="JSON Schema of `inputs`")


class ClockOut(BaseModel):
    name: str
    rule: str
    started_at: datetime
    due_at: datetime
    provisional: bool
    standing: str


class MaterialOut(BaseModel):
    id: UUID
    code: str
    filename: str
    media_type: str
    size: int
    added_at: datetime


class CaseOut(CaseCard):
    version: int
    stage: str
    unit: str
    received_at: datetime | None
    accepted_at: datetime | None
    decided_at: datetime | None
    outcome: str
    definition: str
    values: dict[str, Any] = Field(description="{field: {value, source, …}}")
    demands: list[dict[str, Any]]
    missing_materials: list[str]
    materials: list[MaterialOut]
    clocks: list[ClockOut]
    offers: list[OfferOut]


class EventOut(BaseModel):
    id: UUID
    at: datetime
    effective_at: datetime
    kind: str
    sentence: str
    by: str
    rule: str | None
    body: dict[str, Any]


class DocumentOut(BaseModel):
    id: UUID
    kind: str
    title: str
    number: str = Field(description="发文字号; empty for a paper without one")
    made_at: datetime
    service: str = Field(description="empty: need not be served; due, under_way, announced, served")
    service_mode: str
    served_on: date | None
    opened_at: datetime | None
    remedies: list[dict[str, Any]] = Field(description="once served: {code, rule, until, provisional}")


class Done(BaseModel):
    case_id: UUID
    version: int
    state: str | None = None
    case_no: str | None = None
    material_id: UUID | None = None
