"""The verbs: publish a version; adopt a template of local law, or stop using it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.packages import events
from tongqu.kernel.packages.content import Content, read_folder
from tongqu.kernel.packages.law_rows import record_law_rows
from tongqu.kernel.packages.models import Adoption, PackageVersion
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.queries import current
from tongqu.kernel.packages.rules.checking import check
from tongqu.kernel.packages.wording import Problem

PUBLISH, ADOPT = "packages.publish", "packages.adopt"


class NotFit(Invalid):
    """The package has problems and is not published; `problems` lists them."""

    code = "package-not-fit"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(
            _("定义包没有通过检查，共%(count)d处问题") % {"count": len(problems)},
            remedy="\n".join(map(str, problems[:20])),
            rule=next((one.rule for one in problems if one.rule), None),
        )


@operation("packages.publish")
def publish(act: Act, *, folder: Path, effective_from: datetime | None = None) -> PackageVersion:
    """Check a folder, run its tests and publish it as an immutable version, with the rules and grounds it ships.

    Publishing the same content again changes nothing and answers with the same version. Raises NotFit; Conflict where
    this version number was published with other content.
    """
    act.require(PUBLISH)
    if problems := check(Path(folder)):
        raise NotFit(problems)
    content, _problems = read_folder(Path(folder))
    return _publish(act, content, effective_from or act.at)


def _publish(act: Act, content: Content, effective_from: datetime) -> PackageVersion:
    package = Package.of(content)
    row, made = PackageVersion.objects.get_or_create(
        tenant_id=act.actor.tenant_id,
        code=package.code,
        number=package.version,
        defaults={
            "hash": package.hash, "content": content, "effective_from": effective_from, "created_at": act.at,
        },
    )  # fmt: skip
    if row.hash != package.hash:
        raise Conflict(
            _("版本%(version)s已经发布，内容不能更改") % {"version": package.version},
            code="version-already-published",
            remedy=_("请在package.yaml中改用新的版本号后再发布"),
        )
    record_law_rows(act, package)
    if made:
        act.emit(
            events.VERSION_PUBLISHED,
            subject=("package_version", row.id),
            body={"code": package.code, "number": package.version, "hash": package.hash},
            effective_at=effective_from,
        )
    else:
        act.unchanged()
    return row


@operation("packages.adopt_setting")
def adopt_setting(
    act: Act,
    *,
    package_code: str,
    setting: str,
    region_code: str,
    instrument: Mapping[str, str],
    values: Mapping[str, Any] | None = None,
) -> UUID:
    """A region takes a template into use: `instrument` is its own document that provides so, by language; `values`
    replace the template's defaults. Adopting the same again changes nothing. Answers with the adoption's id.

    Raises NotFound; Invalid (a value the template does not have, or of another type); Conflict (in use otherwise).
    """
    act.require(ADOPT, Scope(region_code=region_code))
    template = current(package_code, tenant_id=act.actor.tenant_id).settings.get(setting)
    if template is None:
        raise NotFound(code="setting-not-found")
    given = _values(template, values or {})
    named = {language: name.strip() for language, name in instrument.items()}
    if not (named.get("zh-Hans") and named.get("en")):
        raise Invalid(_("请写明本地规定的中文和英文名称"), field="instrument")
    row, made = Adoption.objects.get_or_create(
        tenant_id=act.actor.tenant_id,
        package_code=package_code,
        setting=setting,
        region_code=region_code,
        ended_at=None,
        defaults={"values": given, "instrument": named, "started_at": act.at, "created_at": act.at},
    )
    if not made:
        if (row.values, row.instrument) != (given, named):
            raise Conflict(_("这一模板正以其他数值使用，请先停用"), code="setting-in-use")
        act.unchanged()
        return row.id
    act.emit(
        events.SETTING_ADOPTED,
        subject=("package_adoption", row.id),
        body={
            "package": package_code, "setting": setting, "region": region_code, "values": given,
            "instrument": row.instrument,
        },
    )  # fmt: skip
    return row.id


@operation("packages.end_adoption")
def end_adoption(act: Act, *, adoption_id: UUID) -> None:
    """Stop using a template; it stays on record. Raises NotFound, Conflict (ended before)."""
    row = Adoption.objects.select_for_update().filter(id=adoption_id, tenant_id=act.actor.tenant_id).first()
    act.require(ADOPT, Scope(region_code=row.region_code if row else None))
    if row is None:
        raise NotFound()
    if row.ended_at is not None:
        raise Conflict(_("这一模板已经停用"), code="adoption-ended")
    row.ended_at = act.at
    row.version += 1
    row.save(update_fields=["ended_at", "version"])
    act.emit(
        events.ADOPTION_ENDED,
        subject=("package_adoption", row.id),
        version=row.version,
        body={"package": row.package_code, "setting": row.setting, "region": row.region_code},
    )


def _values(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they will be used. Raises Invalid."""
    parameters = {one["name"]: one for one in template["parameters"]}
    wrong = {name: _("模板中没有这一项") for name in values if name not in parameters}
    for name, one in parameters.items():
        if name not in values:
            if "default" not in one:
                wrong[name] = _("请填写这一项")
            continue
        value = values[name]
        is_number = isinstance(value, int) and not isinstance(value, bool)
        is_text = isinstance(value, Mapping) and {"zh-Hans", "en"} <= set(value)
        if not (is_number if one["type"] == "integer" else is_text):
            wrong[name] = _("填写的内容格式不对")
    if wrong:
        raise Invalid(fields=wrong)
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
