"""The demonstration city 明川市: invented, under a province code (99) that is not assigned. See data/mingchuan.yaml.

Built through the same operations as any real city, in one transaction; a second call changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.directory.models import OPEN, MatterLead, Post, Unit
from tongqu.kernel.directory.operations import (
    create_post,
    create_unit,
    import_edition,
    map_region,
    name_lead,
    rename_unit,
)
from tongqu.kernel.directory.rules.codes import ADMINISTRATIVE, STATISTICAL, normalise
from tongqu.kernel.directory.rules.editions import Where, edition

SOURCE = Path(__file__).parent / "data" / "mingchuan.yaml"
NOTICE = _("演示：明川市及其单位、人员、地址、电话均为虚构")


@dataclass(frozen=True, slots=True)
class DemoCity:
    """Ids and codes by which later rooms fill the city. Region codes have 12 digits."""

    name: str = "明川市"
    code: str = "990100000000"
    province_code: str = "990000000000"
    district_code: str = "990102000000"  # 清溪区, where the 12 departments are
    regions: Mapping[str, str] = field(default_factory=dict)  # name → code
    units: Mapping[str, UUID] = field(default_factory=dict)  # unit code ("qx-scjg") → id
    unit_names: Mapping[str, UUID] = field(default_factory=dict)  # name → id
    departments: tuple[str, ...] = ()  # unit codes of the 12
    posts: Mapping[str, UUID] = field(default_factory=dict)  # "qx-scjg/window" → id
    post_roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "qx-scjg/window" → role codes

    @property
    def regulator_id(self) -> UUID:
        """明川市清溪区市场监督管理局, which leads `food-business-licence` in the district."""
        return self.units["qx-scjg"]

    @property
    def data_bureau_id(self) -> UUID:
        """明川市数据局, where the three administrators of the platform have their posts."""
        return self.units["mc-sjj"]

    @property
    def service_centre_id(self) -> UUID:
        return self.units["qx-zwfw"]

    def posts_with(self, role: str) -> list[str]:
        """Keys of the posts that carry a role, in the order of the source."""
        return [key for key, roles in self.post_roles.items() if role in roles]


@operation("directory.build_demo")
def build(act: Act) -> DemoCity:
    """Make whatever of 明川市 is missing and answer where everything is. Needs all rights of the directory."""
    act.require("directory.manage")
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    _regions(act, source)
    units = _units(act, source)
    posts, roles = _posts(act, source, units)
    _leads(act, source, units)
    act.unchanged()  # no event is owed when all of it was there
    return DemoCity(
        regions={row["name"]: normalise(row["code"]) for row in source["regions"]},
        units=units,
        unit_names={row["name"]: units[row["code"]] for row in source["units"]},
        departments=tuple(row["code"] for row in source["units"] if row.get("department")),
        posts=posts,
        post_roles=roles,
    )


def _regions(act: Act, source: Mapping[str, Any]) -> None:
    """Both trees: the statistical one and, without the development zone, the administrative one."""
    since, rows = source["since"], source["regions"]
    for tree in (STATISTICAL, ADMINISTRATIVE):
        listed = [
            (row["code"], row["name"], "", Where(SOURCE.name, n, "item"))
            for n, row in enumerate(rows, start=1)
            if tree == STATISTICAL or "inside" not in row
        ]
        import_edition(act, edition=edition(listed, title=str(NOTICE), tree=tree, valid_from=since))
    for row in rows:
        if inside := row.get("inside"):
            map_region(act, statistical=row["code"], administrative=inside, on=since)


def _units(act: Act, source: Mapping[str, Any]) -> dict[str, UUID]:
    tenant = act.actor.tenant_id
    wanted = [row["code"] for row in source["units"]]
    known = dict(Unit.objects.filter(tenant_id=tenant, code__in=wanted).values_list("code", "id"))
    for row in source["units"]:
        if row["code"] in known:
            continue
        before = row.get("before")
        first = before or row
        made = create_unit(
            act,
            code=row["code"],
            name=first["name"],
            short_name=first["short"],
            names={"en": first["en"]},
            kind=row["kind"],
            region_code=row["region"],
            parent_id=known[row["under"]] if "under" in row else None,
            phone=row["phone"],
            address=row["address"],
            on=source["since"],
        )
        known[row["code"]] = UUID(made["unit_id"])
        if before:
            rename_unit(
                act, unit_id=known[row["code"]], name=row["name"], short_name=row["short"], names={"en": row["en"]},
                on=before["until"],
            )  # fmt: skip
    return {code: known[code] for code in wanted}


def _posts(
    act: Act, source: Mapping[str, Any], units: Mapping[str, UUID]
) -> tuple[dict[str, UUID], dict[str, tuple[str, ...]]]:
    """Each post by "unit/post"; one that has moved with a reorganisation is found in its new unit."""
    codes = {unit_id: code for code, unit_id in units.items()}
    keys: dict[UUID, str] = {}
    posts: dict[str, UUID] = {}
    rows = Post.objects.filter(tenant_id=act.actor.tenant_id).order_by("id")
    for post_id, unit_id, code, before in rows.values_list("id", "unit_id", "code", "predecessor_id"):
        if key := keys.get(before, "") if before else f"{codes.get(unit_id, '')}/{code}":
            keys[post_id] = key
            posts[key] = post_id
    found: dict[str, UUID] = {}
    roles: dict[str, tuple[str, ...]] = {}
    for row in source["units"]:
        for post in source["posts"].get(row.get("posts"), ()):
            key = f"{row['code']}/{post['code']}"
            if key not in posts:
                title = row.get("head", post["title"]) if post["code"] == "head" else post["title"]
                made = create_post(
                    act, unit_id=units[row["code"]], code=post["code"], title=title, roles=post["roles"],
                    on=source["since"],
                )  # fmt: skip
                posts[key] = UUID(made["post_id"])
            found[key], roles[key] = posts[key], tuple(post["roles"])
    return found, roles


def _leads(act: Act, source: Mapping[str, Any], units: Mapping[str, UUID]) -> None:
    """Name who leads where nobody does yet; what people have changed since stays as they changed it."""
    matters = {row["matter"] for row in source["leads"]}
    rows = MatterLead.objects.filter(OPEN, tenant_id=act.actor.tenant_id, matter__in=matters)
    known = set(rows.values_list("matter", "region_code"))
    since: date = source["since"]
    for row in source["leads"]:
        if (row["matter"], normalise(row["region"])) not in known:
            name_lead(
                act, matter=row["matter"], region_code=row["region"], unit_id=units[row["unit"]], on=since,
                **row["counter"],
            )  # fmt: skip
