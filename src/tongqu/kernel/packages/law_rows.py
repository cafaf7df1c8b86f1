"""The rules and grounds that packages ship, handed to the law room: into a process's register, and on record.

The register lives in each process. A process takes what all published packages ship when it starts (`take_all`), and
whatever is published later when it first meets that version (`queries.version`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.kernel.acts.operation import Act
from tongqu.kernel.law import grounds, register
from tongqu.kernel.law.operations import publish_rules
from tongqu.kernel.packages.models import PackageVersion
from tongqu.kernel.packages.package import Package, thaw


def take_law_rows(package: Package) -> None:
    """Into the register of this process; taking the same again changes nothing. Raises law's BadFile."""
    _take(package.code, thaw(package.content.get("rules")), thaw(package.content.get("grounds")))


def record_law_rows(act: Act, package: Package) -> None:
    """Into the register, and on record for ever in the transaction that publishes the package. Raises law's BadFile,
    Refused where a rule on record would change without a new version."""
    take_law_rows(package)
    publish_rules(act)


def take_all() -> int:
    """What every published version ships, for a process that starts; 1 query. Answers with how many versions."""
    rows = PackageVersion.objects.order_by("id").values_list("code", "content__rules", "content__grounds")
    count = 0
    for code, rules, own_grounds in rows:
        _take(code, rules, own_grounds)
        count += 1
    return count


def _take(code: str, rules: Mapping[str, Any] | None, own_grounds: Mapping[str, Any] | None) -> None:
    if rules:
        register.load_rules_document(rules, f"{code}/rules.yaml")
    if own_grounds:
        grounds.load_grounds_document(own_grounds, f"{code}/grounds.yaml")
