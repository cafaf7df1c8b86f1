"""Puts the versions of rules on record, so that what was once published cannot be changed unseen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.law import events, register
from tongqu.kernel.law.models import RuleVersion


@operation("law.publish_rules")
def publish_rules(act: Act) -> list[str]:
    """Put every version in the register on record and return those that are new, as `L7@…`. One query, one insert.

    Inside another operation (publishing a package) that operation has asked for the permission.
    Refused, with nothing recorded, if a version on record has another content now: it must become a new version.
    """
    if act.verb == "law.publish_rules":
        act.require("law.publish_rules")
    known = {
        (row.rule_id, row.rule_version): row.digest
        for row in RuleVersion.objects.filter(tenant_id=act.actor.tenant_id)
    }  # fmt: skip
    listed = register.all_versions()
    changed = [one.cite for one in listed if known.get((one.rule_id, one.version), one.digest) != one.digest]
    if changed:
        raise Refused(
            _("已发布的规则版本不能更改：%(rules)s") % {"rules": "、".join(changed)},
            code="rule-changed",
            rule=changed[0],
        )
    rows = [
        RuleVersion(
            tenant_id=act.actor.tenant_id, created_at=act.at, rule_id=one.rule_id, rule_version=one.version,
            digest=one.digest,
        )
        for one in listed
        if (one.rule_id, one.version) not in known
    ]  # fmt: skip
    RuleVersion.objects.bulk_create(rows)
    for row in rows:
        cite = f"{row.rule_id}@{row.rule_version}"
        body = {"rule_id": row.rule_id, "version": row.rule_version, "digest": row.digest}
        act.emit(events.RULE_PUBLISHED, subject=("rule_version", row.id), body=body, rule=cite)
    if not rows and act.verb == "law.publish_rules":
        act.unchanged()
    return [str(row) for row in rows]
