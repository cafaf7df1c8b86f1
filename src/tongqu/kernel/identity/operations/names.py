"""Names of a party: the legal one with its dates, former ones, aliases."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.foundation import names
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity import events, rules
from tongqu.kernel.identity.models import Account, NameTerm, PartyName
from tongqu.kernel.identity.operations import records


@operation("identity.rename_party")
def rename_party(act: Act, *, party_id: UUID, name: str, since: datetime | None = None) -> dict[str, Any]:
    """Enter a party's new legal name, from `since` (None: now) on; the old ones stay with their dates.

    `since` may lie in the past (the civil register changed it before we heard of it), after the start of the present
    name and not in the future. Raises Invalid (name, since), NotFound.
    """
    act.allow(records.may_manage(act.actor))
    party, new = records.locked(party_id), records.clean_name(name)
    if party.name == new:
        act.unchanged()
        return {"party_id": str(party_id), "version": party.version}
    old, start = party.name, since or act.at
    running = party.names.filter(kind=rules.LEGAL, valid_to=None).order_by("-valid_from").first()
    if start > act.at or (running is not None and running.valid_from is not None and start <= running.valid_from):
        raise Invalid(_("变更日期应当晚于现用名的起始日期，并且不晚于今天"), code="name-since", field="since")
    party.names.filter(kind=rules.LEGAL, valid_to=None).update(valid_to=start)
    records.add_name(party, rules.LEGAL, new, start)
    records.show_name(party, new)
    party.version += 1
    party.save(update_fields=["name", "sort_key", "version"])
    Account.objects.filter(party=party, kind="person").update(name=new, sort_key=party.sort_key)
    act.emit(
        events.PARTY_RENAMED,
        subject=("party", party.id),
        version=party.version,
        body={"since": start},
        sealed=(party.id, {"old_name": old, "new_name": new}),
    )
    return {"party_id": str(party_id), "version": party.version}


@operation("identity.add_name")
def add_name(
    act: Act,
    *,
    party_id: UUID,
    kind: str,
    name: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    """Note a former name (曾用名) or an alias, from and until when it was used where that is known.

    It finds the party and is shown beside the legal name; papers never bear it. Raises Invalid (kind, name, until),
    Conflict (the party is or was called so already), NotFound.
    """
    act.allow(records.may_manage(act.actor))
    if kind not in {rules.FORMER, rules.ALIAS}:
        raise Invalid(_("名称类型有误：只能补记曾用名或别名"), code="name-kind", field="kind")
    if since is not None and until is not None and until <= since:
        raise Invalid(_("终止时间应当晚于开始时间"), code="term", field="until")
    party, new = records.locked(party_id), records.clean_name(name)
    if names.comparable(new) in {names.comparable(known) for known in party.names.values_list("name", flat=True)}:
        raise Conflict(_("这个名称已经登记过"), code="name-known", field="name", remedy="")
    row = records.add_name(party, kind, new, since, until)
    party.version += 1
    party.save(update_fields=["version"])
    act.emit(
        events.NAME_ADDED,
        subject=("party", party.id),
        version=party.version,
        body={"kind": kind, "name": row.id},
        sealed=(party.id, {"name": new}),
    )
    return {"name_id": str(row.id), "version": party.version}


@operation("identity.remove_name")
def remove_name(act: Act, *, name_id: UUID) -> dict[str, Any]:
    """A former name or an alias was noted by mistake. Legal names stay: papers were made with them. Raises NotFound."""
    act.allow(records.may_manage(act.actor))
    row = PartyName.objects.filter(id=name_id).exclude(kind=rules.LEGAL).first()
    if row is None:
        raise NotFound(_("找不到这一名称"))
    party = records.locked(row.party_id)
    wrong = row.name
    row.delete()
    NameTerm.objects.filter(party=party).delete()
    person = party.kind == rules.PERSON
    terms = {t for kept in party.names.values_list("name", flat=True) for t in names.terms(kept, person=person)}
    NameTerm.objects.bulk_create(NameTerm(tenant_id=party.tenant_id, party=party, term=t) for t in sorted(terms))
    party.version += 1
    party.save(update_fields=["version"])
    act.emit(
        events.NAME_REMOVED,
        subject=("party", party.id),
        version=party.version,
        body={"name": name_id},
        sealed=(party.id, {"name": wrong}),
    )
    return {"party_id": str(party.id), "version": party.version}
