"""A small world for the tests of the engine: the demonstration city, a restaurant, its owner, staff."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from PIL import Image

from tongqu.kernel.acts.actor import REAL_NAME, Actor, Grant
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.cases import definition
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.directory.demo import build as build_city
from tongqu.kernel.directory.operations import appoint
from tongqu.kernel.identity.models import Account
from tongqu.kernel.identity.operations import register_firm, register_person
from tongqu.kernel.packages.operations import publish
from tongqu.kernel.packages.package import Package

TENANT = UUID(settings.TQ_TENANT_ID)
SYSTEM = Actor.system(TENANT, channel="cli")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _jpg() -> bytes:
    """A real picture, small."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    return out.getvalue()


JPG = _jpg()
TYPED: dict[str, Any] = {
    "contact_phone": "19900000001", "kind": "catering", "items_catering": ["hot_food", "drinks"],
    "premises_same": "same", "area": "86.5", "online_trade": "no", "manager_is": "holder",
    "safety_rules": [], "visit_time": "", "delivery_way": "electronic",
}  # fmt: skip


@dataclass
class World:
    """Who is who: actors by name, the package, the applicant's party."""

    package: Package
    shop: UUID
    owner: Actor
    stranger: Actor
    staff: dict[str, Actor]

    def draft(self, **typed: Any) -> UUID:
        facts = [f for f in FACTS]
        made = cases.open_draft(
            self.owner, package_version_id=self.package.id, applicant_id=self.shop, applicant_name="清溪区秋实小馆",
            applicant_kind="sole_trader", region_code="990102000000", facts=facts,
        )  # fmt: skip
        case_id = UUID(made["case_id"])
        cases.save_draft(self.owner, case_id=case_id, values={**complete_values(self.package), **typed})
        for code in wanted_materials(case_id):
            cases.add_material(self.owner, case_id=case_id, code=code, upload=Upload(code, "图纸.pdf", PDF))
        return case_id

    def act(self, who: str, case_id: UUID, action: str, **more: Any) -> dict[str, Any]:
        actor = {"owner": self.owner, "stranger": self.stranger, "system": SYSTEM, **self.staff}[who]
        return cases.act(actor, case_id=case_id, action=action, **more)

    def submitted(self, **typed: Any) -> UUID:
        case_id = self.draft(**typed)
        self.act("owner", case_id, "submit", inputs={"declaration": ["yes"]})
        return case_id

    def accepted(self, **typed: Any) -> UUID:
        case_id = self.submitted(**typed)
        self.act("clerk", case_id, "accept")
        return case_id

    def checked(self, *, conclusion: str = "passed", **typed: Any) -> UUID:
        case_id = self.accepted(**typed)
        officers = [str(self.staff[n].account_id) for n in ("officer", "officer2")]
        self.act("reviewer", case_id, "assign_check", inputs={"officers": officers})
        self.record_check(case_id, conclusion=conclusion)
        for name in ("officer", "officer2"):
            self.act(name, case_id, "sign_check")
        return case_id

    def record_check(self, case_id: UUID, *, conclusion: str = "passed") -> None:
        from tongqu.kernel.cases.queries import access_case

        view = access_case(self.staff["officer"], case_id=case_id, purpose="test")
        form = view.form(view.offer("record_check").action)
        points = [
            f["name"]
            for p in form["pages"]
            for s in p["sections"]
            for f in s["fields"]
            if f["name"].startswith("point_")
        ]
        sheet = dict.fromkeys(points, conclusion)
        self.act(
            "officer", case_id, "record_check", uploads=[Upload("photos", "厨房.jpg", JPG)],
            inputs={**sheet, "conclusion": conclusion, "applicant_signature": "signed", "findings": "现场查看"},
        )  # fmt: skip

    def reviewed(self, **more: Any) -> UUID:
        case_id = self.checked(**more)
        self.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "grant", "reason": "符合条件"})
        return case_id

    def granted(self, **more: Any) -> UUID:
        case_id = self.reviewed(**more)
        self.act("head", case_id, "grant")
        return case_id


FACTS = [
    {"element": e, "value": v, "source": "legal_entity_register", "source_ref": "92990102MA7DEM016U",
     "as_of": "2026-03-01"}
    for e, v in {
        "party.name": "清溪区秋实小馆", "party.credit_code": "92990102MA7DEM016U", "party.holder": "陈立秋",
        "party.domicile": "明川市清溪区槐荫街道石桥路18号1层", "party.status": "active",
    }.items()
]  # fmt: skip


def complete_values(package: Package) -> dict[str, Any]:
    """A restaurant's form filled in completely: every typed field that shows, by the package's own options."""
    values = dict(TYPED)
    for name, field in package.fields.items():
        if name == "safety_rules":
            values[name] = [o["value"] for o in field["options"]]
    return {n: v for n, v in values.items() if n in package.fields and v not in ("", [])}


def wanted_materials(case_id: UUID) -> list[str]:
    from tongqu.kernel.cases.context import LoadedFacts
    from tongqu.kernel.cases.models import Case

    case = Case.objects.get(id=case_id)
    facts = LoadedFacts(case, definition.package_of(case))
    return [m.code for m in facts.wanted if not m.optional]


def build() -> World:
    city = build_city(SYSTEM)
    package = publish(SYSTEM, folder=Path(settings.TQ_PACKAGES_DIR) / "food-business-licence")
    people = {}
    for n, (login, name, id_no) in enumerate(
        [("owner", "陈立秋", "990102198509150029"), ("stranger", "周明远", "990102199003070018")]
    ):
        account = Account.objects.create(username=f"t-{login}", name=name, kind="person", password=make_password(None))
        made = register_person(
            SYSTEM,
            name=name,
            id_kind="citizen_id",
            id_no=_valid(id_no),
            phone=f"1990000000{n + 1}",
            account_id=account.id,
        )
        people[login] = (account, UUID(made["party_id"]))
    shop = register_firm(
        SYSTEM, kind="sole_trader", name="清溪区秋实小馆", credit_code="92990102MA7DEM016U", head_id=people["owner"][1]
    )
    owner_account, owner_party = people["owner"]
    owner = Actor(
        TENANT, "person", owner_account.id, owner_party, on_behalf_of=UUID(shop["party_id"]),
        mandate_id=UUID(shop["mandate_id"]), login_strength=REAL_NAME, name="陈立秋",
    )  # fmt: skip
    stranger_account, stranger_party = people["stranger"]
    stranger = Actor(TENANT, "person", stranger_account.id, stranger_party, login_strength=REAL_NAME, name="周明远")
    staff = _staff(city)
    from tongqu.kernel.packages.queries import version

    return World(version(package.id), UUID(shop["party_id"]), owner, stranger, staff)


def _valid(id_no: str) -> str:
    from tongqu.foundation.identifiers import citizen_id_check

    return id_no[:17] + citizen_id_check(id_no[:17])


def _staff(city: Any) -> dict[str, Actor]:
    from tongqu.kernel.identity.actors import actor_for

    wanted = {
        "clerk": "window_clerk", "clerk2": "window_clerk", "reviewer": "reviewer", "officer": "site_officer",
        "officer2": "site_officer", "head": "head", "archivist": "archivist",
    }  # fmt: skip
    found = {}
    for login, role in wanted.items():
        key = next(k for k in city.posts_with(role) if k.startswith("qx-scjg/"))
        found[login] = _appointed(login, city.posts[key], actor_for)
    other = next(k for k in city.posts_with("window_clerk") if not k.startswith("qx-scjg/"))
    found["outsider"] = _appointed("outsider", city.posts[other], actor_for)
    return found


def _appointed(login: str, post_id: UUID, actor_for: Any) -> Actor:
    account = Account.objects.create(
        username=f"t-{login}", name=f"{login}某", kind="staff", password=make_password(None)
    )
    appoint(SYSTEM, account_id=account.id, post_id=post_id)
    actor: Actor = actor_for(account)
    return actor


__all__ = ["FACTS", "JPG", "MONDAY", "PDF", "SYSTEM", "Grant", "World", "build", "complete_values"]
