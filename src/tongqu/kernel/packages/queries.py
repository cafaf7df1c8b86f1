"""Reads. A published version is immutable, so each process keeps those it has loaded."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.acts.statements import fetch, fetch_values
from tongqu.kernel.packages.models import Adoption, PackageVersion
from tongqu.kernel.packages.package import Package


class Altered(RuntimeError):
    """A stored version no longer has the hash it was published with; nothing may rest on it."""


def current(code: str, *, tenant_id: UUID | None = None) -> Package:
    """The version in effect now: 1 query, and 1 more the first time a process meets it. Raises NotFound."""
    found = fetch_values(
        PackageVersion, ("id",), order=("-effective_from", "-id"), most=1,
        tenant_id=tenant_id or default_tenant(), code=code, effective_from__lte=now(),
    )  # fmt: skip
    if not found:
        raise NotFound(code="package-not-found")
    return version(found[0][0])


def version(id: UUID) -> Package:
    """One published version: 1 query the first time in a process, then none. Raises NotFound, Altered.

    Its rules and grounds are then in the law room's register of this process.
    """
    return _version(id)


def published(*, tenant_id: UUID | None = None) -> list[PackageVersion]:
    """The version in effect of each package, without its content, by code. 1 query."""
    rows = (
        PackageVersion.objects.filter(tenant_id=tenant_id or default_tenant(), effective_from__lte=now())
        .defer("content")
        .order_by("code", "-effective_from", "-id")
    )
    latest: dict[str, PackageVersion] = {}
    for row in rows:
        latest.setdefault(row.code, row)
    return list(latest.values())


def adopted(package_code: str, region_code: str, *, tenant_id: UUID | None = None) -> dict[str, dict[str, Any]]:
    """{setting: values} in force at a place (12-digit code): what the place itself adopted goes before what those
    above it did. 1 query. The values replace the template's defaults one by one; "instrument" is the region's own."""
    rows = fetch(
        Adoption,
        tenant_id=tenant_id or default_tenant(),
        package_code=package_code,
        region_code__in=_upwards(region_code),
        started_at__lte=now(),
        ended_at=None,
    )
    nearest: dict[str, Adoption] = {}
    for row in rows:
        if row.setting not in nearest or _depth(row.region_code) > _depth(nearest[row.setting].region_code):
            nearest[row.setting] = row
    return {setting: {**row.values, "instrument": row.instrument} for setting, row in sorted(nearest.items())}


@lru_cache(maxsize=256)
def _version(id: UUID) -> Package:
    from tongqu.kernel.packages.law_rows import take_law_rows

    try:
        row = PackageVersion.objects.get(id=id)
    except PackageVersion.DoesNotExist:
        raise NotFound(code="package-not-found") from None
    package = Package.of(row.content, id=row.id)
    if package.hash != row.hash:
        raise Altered(f"package version {row.id} is not what was published")
    take_law_rows(package)
    return package


def _upwards(region_code: str) -> list[str]:
    """The place's own code and those of the places above it: village, town, county, city, province."""
    return list(dict.fromkeys(region_code[:length].ljust(12, "0") for length in (2, 4, 6, 9, 12)))


def _depth(region_code: str) -> int:
    return len(region_code.rstrip("0"))
