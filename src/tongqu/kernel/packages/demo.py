"""What the demonstration city does with packages: publishes those that ship, and takes one template into use."""

from __future__ import annotations

from django.conf import settings

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.packages.models import PackageVersion
from tongqu.kernel.packages.operations import adopt_setting, publish

# The city's own instrument is invented; its numbers are those of the template (package.yaml, trust L).
INSTRUMENT = {
    "zh-Hans": "《明川市小餐饮登记管理规定》（演示）",
    "en": "Mingchuan provisions on registering small restaurants (demonstration)",
}
VALUES = {"area_below": 50, "days": 15, "years": 3}


def build(actor: Actor, *, region_code: str) -> list[PackageVersion]:
    """Publish every folder in TQ_PACKAGES_DIR and adopt the small-restaurant template for the region (12 digits).

    Doing it again changes nothing. Raises NotFit for a package that is not fit to publish.
    """
    folders = sorted(path.parent for path in settings.TQ_PACKAGES_DIR.glob("*/package.yaml"))
    versions = [publish(actor, folder=folder) for folder in folders]
    if any(version.code == "food-business-licence" for version in versions):
        adopt_setting(
            actor,
            package_code="food-business-licence",
            setting="small_restaurant_by_area",
            region_code=region_code,
            instrument=INSTRUMENT,
            values=VALUES,
        )
    return versions
