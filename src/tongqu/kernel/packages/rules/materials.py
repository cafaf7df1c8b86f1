"""What must be handed in, and whether and what to check on site, in this situation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongqu.kernel.packages.package import Package, Text
from tongqu.kernel.packages.rules.situations import Situation


@dataclass(frozen=True, slots=True)
class Material:
    """`source`: upload (the applicant hands it in), form (made from the form), register (fetched, never asked),
    authority (an electronic letter of authority). `contains`: what a complete one shows."""

    code: str
    title: Text
    help: Text | None
    element: str
    source: str
    optional: bool
    accept: tuple[str, ...]
    max_files: int
    contains: tuple[Text, ...]
    basis: tuple[Mapping[str, Any], ...]

    @property
    def asked(self) -> bool:
        """Whether the applicant has to bring it."""
        return self.source == "upload"


def materials(package: Package, values: Mapping[str, Any], *, facts: Mapping[str, str] | None = None) -> list[Material]:
    """The materials of this situation, in the package's order. `values` as posted, or the situation that they
    make; `facts` of the case (CASE_FACTS)."""
    situation = Situation.of(package, values, facts)
    listed = package.content["materials"]["materials"]
    return [_material(one) for one in listed if situation.holds(one.get("when"))]


def all_materials(package: Package) -> list[tuple[Material, Any]]:
    """Every material with its `when` (None: always), for the guide."""
    return [(_material(one), one.get("when")) for one in package.content["materials"]["materials"]]


def site_check_needed(package: Package, values: Mapping[str, Any], *, facts: Mapping[str, str] | None = None) -> bool:
    """Whether the substance must be verified on site; False for a package that names no site check. Takes what
    `materials` takes."""
    site_check = package.procedure.get("site_check")
    if site_check is None:
        return False
    return Situation.of(package, values, facts).holds(site_check["needed_when"])


def check_points(
    package: Package, values: Mapping[str, Any], *, facts: Mapping[str, str] | None = None
) -> list[Mapping[str, Any]]:
    """The groups of the site-check sheet with the points that belong to this situation; [] without a sheet."""
    if package.site_check is None:
        return []
    situation = Situation.of(package, values, facts)
    groups: list[Mapping[str, Any]] = []
    for group in package.site_check["groups"]:
        points = [point for point in group["points"] if situation.holds(point.get("when"))]
        if points:
            groups.append({"id": group["id"], "title": group["title"], "points": points})
    return groups


def _material(raw: Mapping[str, Any]) -> Material:
    return Material(
        code=raw["code"],
        title=raw["title"],
        help=raw.get("help"),
        element=raw["element"],
        source=raw["source"],
        optional=raw.get("optional", False),
        accept=tuple(raw.get("accept", ())),
        max_files=raw.get("max_files", 0),
        contains=tuple(raw.get("contains", ())),
        basis=tuple(raw["basis"]),
    )
