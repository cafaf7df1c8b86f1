"""Publishing, and what a region adopts: once, on record, and never changed."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.acts.errors import Conflict, Invalid, LoginNeeded, NotFound, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.law import grounds, register
from tongqu.kernel.packages import cli, demo, law_rows, queries
from tongqu.kernel.packages.models import Adoption, PackageVersion
from tongqu.kernel.packages.operations import NotFit, adopt_setting, end_adoption, publish
from tongqu.kernel.packages.rules import checking
from tongqu.kernel.packages.tests.samples import FOOD, food, write

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system(default_tenant())
STAFF = Actor(tenant_id=default_tenant(), kind="staff", grants=(Grant("cases.accept"),))
NAMED = {"zh-Hans": "《明川市规定》", "en": "City rules"}
CITY, DISTRICT, TOWN = "990100000000", "990102000000", "990102001000"


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="packages.").order_by("id").values_list("kind", flat=True))


def test_a_version_is_published_once() -> None:
    first = publish(SYSTEM, folder=FOOD)
    again = publish(SYSTEM, folder=FOOD)
    assert first.id == again.id
    assert kinds() == ["packages.version_published"]
    event = Event.objects.get(kind="packages.version_published")
    assert event.body == {"code": "food-business-licence", "number": "1.2.0", "hash": first.hash}
    package = queries.current("food-business-licence")
    assert (package.id, package.hash, package.version) == (first.id, first.hash, "1.2.0")


def test_the_same_number_with_other_content_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    publish(SYSTEM, folder=FOOD)
    content = food()
    content["guide"]["fee"]["en"] = "Free."
    with pytest.raises(Conflict):
        publish(SYSTEM, folder=write(tmp_path, content))
    assert PackageVersion.objects.count() == 1
    assert kinds() == ["packages.version_published"]


def test_a_later_version_takes_over_from_its_day_and_the_old_one_stays(tmp_path: Path) -> None:
    old = publish(SYSTEM, folder=FOOD)
    content = food()
    content["package"]["version"] = "1.3.0"
    tomorrow = clock.now() + timedelta(days=1)
    new = publish(SYSTEM, folder=write(tmp_path, content), effective_from=tomorrow)
    assert queries.current("food-business-licence").id == old.id
    with clock.at(tomorrow + timedelta(seconds=1)):
        assert queries.current("food-business-licence").id == new.id
        assert [row.id for row in queries.published()] == [new.id]
    assert queries.version(old.id).version == "1.2.0"


def test_what_is_not_fit_is_not_published(tmp_path: Path) -> None:
    content = food()
    del content["form"]["pages"][0]["sections"][0]["fields"][0]["prefill"]
    with pytest.raises(NotFit) as caught:
        publish(SYSTEM, folder=write(tmp_path, content))
    assert caught.value.rule == "L21"
    assert not PackageVersion.objects.exists()
    assert kinds() == []


def test_only_who_may_publishes() -> None:
    with pytest.raises(LoginNeeded):
        publish(Actor(tenant_id=default_tenant()), folder=FOOD)
    with pytest.raises(NotPermitted):
        publish(STAFF, folder=FOOD)
    with pytest.raises(NotPermitted):
        adopt_setting(STAFF, package_code="x", setting="y", region_code=CITY, instrument=NAMED)
    with pytest.raises(NotPermitted):
        end_adoption(STAFF, adoption_id=uuid4())
    assert not PackageVersion.objects.exists()


def test_its_rules_and_grounds_come_into_force_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    row = publish(SYSTEM, folder=FOOD)
    assert register.rule("FB2").specialises == ("L7",)
    assert Event.objects.filter(kind="law.rule_published", rule__startswith="FB").count() >= 7
    monkeypatch.setattr(register, "_books", None)
    monkeypatch.setattr(grounds, "_lists", None)
    with pytest.raises(register.UnknownRule):
        register.rule("FB2")
    assert law_rows.take_all() == 1
    assert register.rule("FB4").quantity == 5
    assert grounds.ground("not_accept.food_licence_revoked").rule is register.rule("FB7.revoked")
    queries._version.cache_clear()
    assert queries.version(row.id).code == "food-business-licence"


def test_reads_cost_what_they_say(django_assert_num_queries: object) -> None:
    row = publish(SYSTEM, folder=FOOD)
    queries._version.cache_clear()
    with django_assert_num_queries(2):  # type: ignore[operator]
        queries.current("food-business-licence")
    with django_assert_num_queries(1):  # type: ignore[operator]
        queries.current("food-business-licence")
    with django_assert_num_queries(0):  # type: ignore[operator]
        queries.version(row.id)
    with django_assert_num_queries(1):  # type: ignore[operator]
        queries.adopted("food-business-licence", TOWN)
    with django_assert_num_queries(1):  # type: ignore[operator]
        queries.published()


def test_a_version_altered_behind_our_back_is_not_used() -> None:
    row = publish(SYSTEM, folder=FOOD)
    content = food()
    content["guide"]["fee"]["en"] = "Pay me."
    PackageVersion.objects.filter(id=row.id).update(content=content)
    queries._version.cache_clear()
    with pytest.raises(queries.Altered):
        queries.version(row.id)


def test_what_does_not_exist() -> None:
    with pytest.raises(NotFound):
        queries.current("no-such-thing")
    with pytest.raises(NotFound):
        queries.version(uuid4())


def adopt(region: str, **values: object) -> object:
    return adopt_setting(
        SYSTEM, package_code="food-business-licence", setting="small_restaurant_by_area", region_code=region,
        instrument=NAMED, values=values,
    )  # fmt: skip


def test_a_region_adopts_a_template_and_the_nearest_one_counts() -> None:
    publish(SYSTEM, folder=FOOD)
    assert queries.adopted("food-business-licence", TOWN) == {}
    city = adopt(CITY)
    adopt(DISTRICT, area_below=80)
    at = {place: queries.adopted("food-business-licence", place) for place in (CITY, DISTRICT, TOWN, "990103000000")}
    assert at[TOWN] == at[DISTRICT] == {"small_restaurant_by_area": {"area_below": 80, "instrument": NAMED}}
    assert at[CITY] == at["990103000000"] == {"small_restaurant_by_area": {"instrument": NAMED}}
    assert queries.adopted("food-business-licence", "110101000000") == {}
    assert adopt(CITY) == city
    with pytest.raises(Conflict):
        adopt(CITY, area_below=60)
    end_adoption(SYSTEM, adoption_id=city)
    assert queries.adopted("food-business-licence", CITY) == {}
    with pytest.raises(Conflict):
        end_adoption(SYSTEM, adoption_id=city)
    assert adopt(CITY, area_below=60) != city
    assert kinds()[1:] == ["packages.setting_adopted"] * 2 + ["packages.adoption_ended", "packages.setting_adopted"]
    assert Adoption.objects.count() == 3


@pytest.mark.parametrize("values", [{"colour": 1}, {"area_below": "50"}, {"area_below": True}, {"area_below": None}])
def test_values_that_the_template_does_not_have_are_refused(values: dict[str, object]) -> None:
    publish(SYSTEM, folder=FOOD)
    with pytest.raises(Invalid) as caught:
        adopt(CITY, **values)
    assert set(caught.value.fields) == set(values)
    assert not Adoption.objects.exists()


def test_an_adoption_names_a_template_that_exists_and_an_instrument() -> None:
    publish(SYSTEM, folder=FOOD)
    with pytest.raises(NotFound):
        adopt_setting(SYSTEM, package_code="food-business-licence", setting="nope", region_code=CITY, instrument=NAMED)
    with pytest.raises(Invalid):
        adopt_setting(
            SYSTEM, package_code="food-business-licence", setting="small_restaurant_by_kind", region_code=CITY,
            instrument={"zh-Hans": " ", "en": "x"},
        )  # fmt: skip


def test_the_demonstration_is_built_twice_and_stays_one() -> None:
    demo.build(SYSTEM, region_code=CITY)
    demo.build(SYSTEM, region_code=CITY)
    assert PackageVersion.objects.filter(code="food-business-licence").count() == 1
    assert Adoption.objects.count() == 1
    assert queries.adopted("food-business-licence", TOWN)["small_restaurant_by_area"]["area_below"] == 50


def test_the_command_line(tmp_path: Path) -> None:
    out = io.StringIO()
    assert cli.check(FOOD, out) == 0
    assert "可以发布" in out.getvalue()
    assert cli.publish(FOOD, out) == 0
    assert str(PackageVersion.objects.get().id) in out.getvalue()
    content = food()
    content["guide"]["fee"]["en"] = "Free."
    other = write(tmp_path, content)
    assert cli.publish(other, out) == 1
    assert "已经发布" in out.getvalue()
    (other / "form.yaml").unlink()
    assert cli.check(other, out) == 1
    assert cli.publish(other, out) == 1
    assert out.getvalue().count("form.yaml $: 缺少这个文件") == 2


def test_a_field_that_people_ask_about_and_nobody_explains_gets_a_warning(tmp_path: Path) -> None:
    """Typed ones, and a choice among many without hints; not what is filled in from a register. It may be published."""
    content = food()
    every = {f["name"]: f for page in content["form"]["pages"] for s in page["sections"] for f in s["fields"]}
    for name in ("contact_phone", "area", "items_canteen", "delivery_way"):
        every[name].pop("help")
    out = io.StringIO()
    assert cli.check(write(tmp_path, content), out) == 0
    warned = [line for line in out.getvalue().splitlines() if line.startswith("提醒")]
    assert len(warned) == 3 and all("没有填写说明" in line for line in warned)
    assert all(f"“{name}”" in "".join(warned) for name in ("contact_phone", "area", "items_canteen"))


def test_the_shipped_packages_explain_every_field() -> None:
    for folder in sorted(FOOD.parent.iterdir()):
        if folder.is_dir():
            assert [str(w) for w in checking.warnings(folder)] == []
