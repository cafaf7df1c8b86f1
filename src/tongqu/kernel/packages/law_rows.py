"""The rules and grounds that a package ships, handed to the law room: into this process's register, and on record."""

from __future__ import annotations

from tongqu.kernel.acts.operation import Act
from tongqu.kernel.law import grounds, register
from tongqu.kernel.packages.package import Package, thaw


def take_law_rows(package: Package) -> None:
    """Into the register of this process; taking the same again changes nothing. Raises law's BadFile."""
    if "rules" in package.content:
        register.load_rules_document(thaw(package.content["rules"]), f"{package.code}/rules.yaml")
    if "grounds" in package.content:
        grounds.load_grounds_document(thaw(package.content["grounds"]), f"{package.code}/grounds.yaml")


def record_law_rows(act: Act, package: Package) -> None:
    """Into the register and on record for ever, in the transaction that publishes the package."""
    take_law_rows(package)
