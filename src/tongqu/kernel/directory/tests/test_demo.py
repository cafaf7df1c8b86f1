from __future__ import annotations

import re
from datetime import date

import pytest
import yaml

from tongqu.kernel.acts.errors import NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.directory import demo, operations, queries
from tongqu.kernel.directory.models import Post, RegionVersion, Unit
from tongqu.kernel.directory.tests.places import staff, system

pytestmark = pytest.mark.django_db


def test_the_city_is_built_once() -> None:
    city = demo.build(system())
    events = Event.objects.count()
    assert demo.build(system()) == city
    assert Event.objects.count() == events
    assert city.code == city.regions["明川市"] and city.district_code == city.regions["清溪区"]
    assert len(city.departments) == 12 and set(city.departments) <= set(city.units)
    assert all(unit in city.units.values() for unit in city.unit_names.values())
    levels = {view.level for view in queries.regions(city.regions.values()).values()}
    assert levels == {1, 2, 3, 4, 5}
    assert all(view.fictional for view in queries.regions(city.regions.values()).values())


def test_the_food_licence_is_led_by_the_district_and_taken_at_the_service_centre() -> None:
    city = demo.build(system())
    lead = queries.lead("food-business-licence", city.regions["竹林湾村委会"])
    assert lead.unit.name == "明川市清溪区市场监督管理局" and lead.unit.id == city.regulator_id
    assert lead.counter_address == queries.unit(city.service_centre_id).address
    assert queries.lead_unit("food-business-licence", city.regions["科创园"]).name == "明川市市场监督管理局"
    assert queries.unit(city.units["qx-sjj"], date(2024, 1, 14)).name == "明川市清溪区大数据管理局"
    assert queries.unit(city.units["qx-sjj"], date(2024, 1, 15)).name == "明川市清溪区数据局"


def test_there_is_a_post_for_every_role_and_none_joins_two_administrators() -> None:
    city = demo.build(system())
    roles = {role for carried in city.post_roles.values() for role in carried}
    assert roles == {
        "window_clerk", "reviewer", "site_officer", "head", "archivist", "system_admin", "security_admin",
        "audit_admin", "data_protection", "erasure_officer", "disclosure_clerk", "disclosure_head",
    }  # fmt: skip
    assert city.posts_with("site_officer")[:2] == ["mc-scjg/inspect-1", "mc-scjg/inspect-2"]
    assert all(Post.objects.get(id=city.posts[key]).roles == sorted(city.post_roles[key]) for key in city.posts)
    assert {city.posts[f"mc-sjj/{code}"] for code in ("system", "security", "audit")} <= {
        post.id for post in queries.posts_of(city.data_bureau_id)
    }


def test_what_people_changed_in_the_demonstration_is_left_as_it_is() -> None:
    city = demo.build(system())
    operations.rename_unit(system(), unit_id=city.regulator_id, name="清溪市场局")
    operations.merge_units(system(), unit_ids=[city.units["qx-cgj"]], into=city.units["qx-zjj"])
    again = demo.build(system())
    assert queries.unit(city.regulator_id).name == "清溪市场局"
    assert again.units == city.units and Unit.objects.count() == len(city.units)
    moved = Post.objects.get(id=again.posts["qx-cgj/window"])
    assert moved.unit_id == city.units["qx-zjj"]


def test_nothing_in_it_could_be_taken_for_real() -> None:
    source = yaml.safe_load(demo.SOURCE.read_text(encoding="utf-8"))
    text = demo.SOURCE.read_text(encoding="utf-8")
    assert all(str(row["code"]).startswith("99") for row in source["regions"])
    phones = re.findall(r"\b\d{3,4}-\d{7,8}\b", text)
    assert len(phones) > 15 and all(phone.startswith("0000-555") for phone in phones)
    assert "虚构" in str(demo.NOTICE)


def test_only_who_may_do_all_of_it_builds_it() -> None:
    with pytest.raises(NotPermitted):
        demo.build(staff("cases.accept"))
    assert not Unit.objects.exists() and not RegionVersion.objects.exists()
    with pytest.raises(NotPermitted):
        demo.build(staff("directory.manage"))
    assert not Unit.objects.exists(), "half a city is not left behind"
    demo.build(staff("directory.manage", "directory.manage_posts"))
