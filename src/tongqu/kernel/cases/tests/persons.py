"""A natural person whose life here the tests watch: applies in his own name, is decided on, rates, is archived."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import connection

from tongqu.kernel.acts.actor import REAL_NAME, Actor
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.tests.world import FACTS, PDF, SYSTEM, TENANT, World, complete_values, wanted_materials
from tongqu.kernel.identity.models import Account
from tongqu.kernel.identity.operations import register_person
from tongqu.kernel.identity.tests.people import citizen_no

NAME, PHONE = "独孤𬭎立秋", "19912345678"


@dataclass
class PersonWorld(World):
    """The world with a natural person as its applicant."""

    id_no: str = ""

    def draft(self, **typed: Any) -> UUID:
        facts = [f | {"value": NAME} if f["element"] in {"party.name", "party.holder"} else f for f in FACTS]
        made = cases.open_draft(
            self.owner, package_version_id=self.package.id, applicant_id=self.shop, applicant_name=NAME,
            applicant_kind="person", region_code="990102000000", facts=facts,
        )  # fmt: skip
        case_id = UUID(made["case_id"])
        values = {**complete_values(self.package), "contact_phone": PHONE, **typed}
        cases.save_draft(self.owner, case_id=case_id, values=values)
        for code in wanted_materials(case_id):
            upload = Upload(code, f"{NAME}的图纸.pdf", PDF.replace(b"/Catalog", f"/Catalog/Title({PHONE})".encode()))
            cases.add_material(self.owner, case_id=case_id, code=code, upload=upload)
        return case_id


def person_world(world: World) -> PersonWorld:
    """The same city and staff, another applicant."""
    account = Account.objects.create(username="t-dugu", name=NAME, kind="person", password=make_password(None))
    number = citizen_no("19910315")
    made = register_person(
        SYSTEM, name=NAME, id_kind="citizen_id", id_no=number, phone=PHONE, account_id=account.id
    )  # fmt: skip
    party = UUID(made["party_id"])
    actor = Actor(TENANT, "person", account.id, party, login_strength=REAL_NAME, name=NAME)
    kept = {name: getattr(world, name) for name in ("package", "stranger", "staff")}
    return PersonWorld(owner=actor, shop=party, id_no=number, **kept)


def as_owner_without_mandate(actor: Actor) -> Actor:
    return replace(actor, on_behalf_of=None, mandate_id=None)


def everything_stored() -> bytes:
    """Every value of every row of every table, as the database holds it."""
    found: list[bytes] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [bytes(v) if isinstance(v, memoryview | bytes) else str(v).encode() for row in cursor for v in row]
    return b"\x00".join(found)


def spellings(text: str) -> list[bytes]:
    """How a text may stand in a column: as UTF-8, and as JSON writes it with escapes."""
    import json

    return [text.encode(), json.dumps(text)[1:-1].encode()]
