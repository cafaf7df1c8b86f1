"""Requests about one's own data, filed as cases: what identity's page collected becomes an application of the package
`personal-data-request`, submitted in one go. Answers identity's port RequestDesk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from tongqu.kernel.acts.actor import REAL_NAME, Actor
from tongqu.kernel.acts.errors import Invalid, NotPermitted
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.operations.drafts import add_material, open_draft, save_draft
from tongqu.kernel.cases.operations.engine import act as act_on_case
from tongqu.kernel.identity.rules import PERSON
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.packages import queries as packages

ITEM = "personal-data-request"
FIELDS = ("about", "wrong", "right", "reason")


@operation("cases.file_request")
@in_hand()
def file_request(
    act: Act,
    *,
    package_version_id: UUID,
    kind: str,
    values: Mapping[str, str],
    uploads: Sequence[Upload],
    e_service: bool = False,
) -> dict[str, Any]:
    """Open, fill in and submit a request of the actor about himself, all or nothing. Returns {"case_id"}.

    `e_service`: he agrees to be served the answer in his account.

    Raises Invalid by field, Refused (too many drafts), StrongerLoginNeeded.
    """
    actor = act.actor
    act.allow(actor.kind == "person" and actor.party_id is not None and actor.mandate_id is None, login=REAL_NAME)
    if actor.party_id is None:
        raise NotPermitted()
    made = open_draft(
        act, package_version_id=package_version_id, applicant_id=actor.party_id, applicant_name=actor.name,
        applicant_kind=PERSON, region_code=settings.TQ_REGION,
    )  # fmt: skip
    case_id = UUID(made["case_id"])
    given = {"kind": kind} | {name: values.get(name, "") for name in FIELDS}
    save_draft(act, case_id=case_id, values={name: text for name, text in given.items() if text})
    for upload in uploads:
        try:
            add_material(act, case_id=case_id, code="proof", upload=upload)
        except Invalid as error:
            raise Invalid(error.message, code=error.code, remedy=error.remedy, field="proof") from None
    act_on_case(
        act,
        case_id=case_id,
        action="submit",
        inputs={"declaration": ["yes"], **({"e_service": ["yes"]} if e_service else {})},
    )
    return {"case_id": str(case_id)}


class Desk:
    """Port RequestDesk."""

    def file(
        self,
        actor: Actor,
        *,
        key: str,
        kind: str,
        values: Mapping[str, Any],
        uploads: Sequence[tuple[str, bytes]],
        e_service: bool = False,
    ) -> UUID:
        from dataclasses import replace

        package = packages.current(ITEM)
        himself = replace(actor, on_behalf_of=None, mandate_id=None, mandate_items=None)
        made = file_request(
            himself, key=key, package_version_id=package.id, kind=kind, values=dict(values),
            uploads=[Upload("proof", name, data) for name, data in uploads if data], e_service=e_service,
        )  # fmt: skip
        return UUID(made["case_id"])

    def link(self, case_id: UUID) -> str:
        return f"/my/cases/{case_id}"
