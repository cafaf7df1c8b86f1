"""What a person may ask of the platform about his own data: a copy, consent and its withdrawal, lawful erasure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import REAL_NAME
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, OnRecord, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add, fetch_one
from tongqu.kernel.identity import consents, erasures, events, holders, roles, vault
from tongqu.kernel.identity.holders import Subject
from tongqu.kernel.identity.models import Consent, DataCopy, Mandate, Party
from tongqu.kernel.identity.operations import records
from tongqu.kernel.identity.ports import CopyKeeper
from tongqu.kernel.identity.queries_rights import Assessment, assess, subject_of
from tongqu.kernel.law import grounds, register

# --- the copy --------------------------------------------------------------------------------------------------------


@operation("identity.ask_copy")
def ask_copy(act: Act, *, party_id: UUID) -> dict[str, Any]:
    """Ask for a copy of everything held about oneself; a job makes it. One that is being made already is answered.

    Returns {"copy_id"}. Raises StrongerLoginNeeded, NotPermitted for anybody else's.
    """
    from tongqu.kernel.identity.work import make_copy

    act.allow(act.actor.party_id == party_id and act.actor.kind == "person", login=REAL_NAME)
    account_id = act.actor.account_id
    if account_id is None:
        raise NotPermitted()
    party = records.locked(party_id)
    waiting = DataCopy.objects.filter(party=party, state__in=[DataCopy.State.WAITING, DataCopy.State.MAKING]).first()
    if waiting is not None:
        act.unchanged()
        return {"copy_id": str(waiting.id)}
    row = DataCopy(tenant_id=party.tenant_id, party=party, account_id=account_id, created_at=act.at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Conflict() from None
    make_copy.enqueue(copy_id=str(row.id))
    act.emit(events.COPY_ASKED, subject=("party", party.id), body={"copy": row.id}, rule=_cite("D23.copy"))
    return {"copy_id": str(row.id)}


@operation("identity.keep_copy")
def keep_copy(act: Act, *, copy_id: UUID, data: bytes, sha256: str) -> None:
    """The job has packed it: keep it sealed under the person's own key, for a limited time."""
    act.allow(act.actor.kind == "system")
    row = DataCopy.objects.select_for_update().get(id=copy_id)
    keeper = ports.adapter(CopyKeeper)  # type: ignore[type-abstract]
    row.blob_id = keeper.keep(act, data=data, filename=f"my-data-{act.at:%Y%m%d}.zip", holder_party_id=row.party_id)
    row.state, row.size, row.sha256, row.done = DataCopy.State.READY, len(data), sha256, row.total
    row.ready_at, row.expires_at = act.at, act.at + timedelta(days=settings.TQ_COPY_DAYS)
    row.save()
    act.emit(events.COPY_READY, subject=("party", row.party_id), body={"copy": row.id, "sha256": sha256})


@operation("identity.fail_copy")
def fail_copy(act: Act, *, copy_id: UUID) -> None:
    """The job gave up: say so, so that the person may ask again."""
    act.allow(act.actor.kind == "system")
    row = DataCopy.objects.select_for_update().get(id=copy_id)
    row.state = DataCopy.State.FAILED
    row.save(update_fields=["state"])
    act.emit(events.COPY_FAILED, subject=("party", row.party_id), body={"copy": row.id})


@operation("identity.take_copy")
def take_copy(act: Act, *, copy_id: UUID) -> bytes:
    """The finished copy, for its person alone; each download goes on record. Raises NotFound, Conflict (not ready)."""
    act.allow(act.actor.kind == "person" and act.actor.party_id is not None, login=REAL_NAME)
    row = DataCopy.objects.select_for_update().filter(id=copy_id).first()
    if row is None or row.party_id != act.actor.party_id:
        raise NotFound()
    if row.state != DataCopy.State.READY or row.blob_id is None or (row.expires_at and row.expires_at <= act.at):
        raise Conflict(_("这份副本还没有制成，或者已经过期"), remedy=_("请重新申请一份"))
    keeper = ports.adapter(CopyKeeper)  # type: ignore[type-abstract]
    data = keeper.read(row.tenant_id, row.blob_id)
    DataCopy.objects.filter(id=row.id).update(taken=row.taken + 1)
    act.emit(events.COPY_TAKEN, subject=("party", row.party_id), body={"copy": row.id, "times": row.taken + 1})
    return data


@operation("identity.drop_copy")
def drop_copy(act: Act, *, copy_id: UUID) -> None:
    """Its time is over: the file goes, the entry that there was one stays."""
    act.allow(act.actor.kind == "system")
    row = DataCopy.objects.select_for_update().get(id=copy_id)
    if row.blob_id is not None:
        ports.adapter(CopyKeeper).drop(act, row.blob_id)  # type: ignore[type-abstract]
    row.state, row.blob_id = DataCopy.State.GONE, None
    row.save(update_fields=["state", "blob_id"])
    act.emit(events.COPY_GONE, subject=("party", row.party_id), body={"copy": row.id})


# --- consent ---------------------------------------------------------------------------------------------------------


@operation("identity.give_consent")
def give_consent(
    act: Act, *, party_id: UUID, kind: str, about: tuple[str, UUID], guardian_id: UUID | None = None
) -> dict[str, Any]:
    """Put a consent on record, by the person, whoever acts for him under a mandate, or inside the act it belongs to.

    Giving it again after a withdrawal renews it. Raises Invalid (unknown kind, a child's without guardian).
    """
    if act.verb == "identity.give_consent":
        act.allow(act.actor.kind == "person" and act.actor.represented == party_id, login=REAL_NAME)
    if kind not in consents.KINDS or (kind == "child_data") != (guardian_id is not None):
        raise Invalid(_("同意的种类有误"), code="consent-kind", field="kind")
    row, _made = Consent.objects.update_or_create(
        tenant_id=act.actor.tenant_id, party_id=party_id, kind=kind, about_kind=about[0], about_id=about[1],
        defaults={"given_at": act.at, "given_by": act.actor.account_id, "guardian_id": guardian_id,
                  "withdrawn_at": None, "withdrawn_by": None},
    )  # fmt: skip
    return _noted(act, row)


@operation("identity.note_consent")
def note_consent(
    act: Act,
    *,
    party_id: UUID,
    kind: str,
    about: tuple[str, UUID],
    given_by: UUID | None,
    guardian_id: UUID | None = None,
) -> dict[str, Any]:
    """A consent that lay in an act of the person's own (a choice in a form), put on record by the platform.

    One withdrawn meanwhile stays withdrawn.
    """
    act.allow(act.actor.kind == "system")
    known = fetch_one(
        Consent, tenant_id=act.actor.tenant_id, party_id=party_id, kind=kind, about_kind=about[0], about_id=about[1]
    )
    if known is not None:
        act.unchanged()
        return {"consent_id": str(known.id)}
    row = Consent(
        tenant_id=act.actor.tenant_id, party_id=party_id, kind=kind, about_kind=about[0], about_id=about[1],
        given_at=act.at, given_by=given_by, guardian_id=guardian_id,
    )  # fmt: skip
    add([row])
    return _noted(act, row)


def _noted(act: Act, row: Consent) -> dict[str, Any]:
    act.emit(
        events.CONSENT_GIVEN, subject=("party", row.party_id), rule=_cite(consents.KINDS[row.kind].rule),
        body={"consent": row.id, "kind": row.kind, "about": (row.about_kind, row.about_id)},
    )  # fmt: skip
    return {"consent_id": str(row.id)}


@operation("identity.withdraw_consent")
def withdraw_consent(act: Act, *, party_id: UUID, kind: str, about: tuple[str, UUID]) -> dict[str, Any]:
    """Withdraw a consent, as easily as it was given, the person or the guardian who gave it; what was done before
    stands (D19). Twice is once."""
    if act.verb == "identity.withdraw_consent":
        of_guardian = Consent.objects.filter(
            tenant_id=act.actor.tenant_id, party_id=party_id, kind=kind, about_kind=about[0], about_id=about[1]
        ).values_list("guardian_id", flat=True).first()  # fmt: skip
        his = act.actor.party_id is not None and act.actor.party_id in {party_id, of_guardian}
        act.allow(act.actor.kind == "person" and his, login=REAL_NAME)
    row = Consent.objects.select_for_update().filter(
        tenant_id=act.actor.tenant_id, party_id=party_id, kind=kind, about_kind=about[0], about_id=about[1]
    ).first()  # fmt: skip
    if row is None:
        raise NotFound()
    if row.withdrawn_at is not None:
        act.unchanged()
        return {"consent_id": str(row.id)}
    Consent.objects.filter(id=row.id).update(withdrawn_at=act.at, withdrawn_by=act.actor.account_id)
    act.emit(
        events.CONSENT_WITHDRAWN, subject=("party", party_id), body={"consent": row.id, "kind": kind, "about": about},
        rule=_cite(consents.KINDS[kind].rule),
    )  # fmt: skip
    return {"consent_id": str(row.id)}


# --- erasure ---------------------------------------------------------------------------------------------------------


@operation("identity.destroy_person_key")
def destroy_person_key(act: Act, *, party_id: UUID, ground: str, request_id: UUID | None = None) -> dict[str, Any]:
    """Erase a person: every room blanks what names him, the keys are destroyed, accounts close, mandates end. Events
    and the ledger stay whole; what the law orders kept stays apart (`assess(...).kept`) and is listed in the event.

    `ground` is a code of the ground register for this act (个人信息保护法 art. 47); `request_id` the case it answers.
    Raises NotFound, Invalid (no such ground), Refused with the first rule that stands in the way, on record.
    """
    # inside the case that decided it, that act has asked for the right and the second person
    _permit(act)
    _check_ground(ground)
    party = records.locked(party_id)
    subject = subject_of(party.id)
    found = assess(subject, act.at, without=request_id)
    _refuse_if_blocked(party.id, found)
    erase_everywhere(act, subject)
    _follow_up(act, party.id)
    act.emit(
        events.PERSON_KEY_DESTROYED,
        subject=("party", party.id),
        version=party.version + 1,
        rule=_cite(grounds.ground(ground).rule_id or "D23.erase"),
        body={
            "ground": ground, "keys": len(subject.parties), "request": request_id,
            "kept": [{"ground": h.ground, "until": h.until} for h in found.kept],
        },
    )  # fmt: skip
    return {"party_id": str(party_id), "kept": len(found.kept)}


def erase_everywhere(act: Act, subject: Subject) -> None:
    """Every room in the reverse order of the house, then identity itself and the key. Also for a restored backup."""
    for holder in reversed(holders.holders()):
        holder.erase(act, subject)
    Mandate.objects.filter(principal_id__in=subject.parties, revoked_at=None).update(revoked_at=act.at)
    Mandate.objects.filter(agent_id__in=subject.parties, revoked_at=None).update(revoked_at=act.at)
    vault.destroy(subject.parties, act.at)
    assert subject.party_id is not None  # whoever is erased is a party
    present = Party.objects.get(id=subject.party_id)
    Party.objects.filter(id__in=subject.parties).update(name="", erased_at=act.at, version=present.version + 1)
    erasures.note(subject, act.at)


def _follow_up(act: Act, party_id: UUID) -> None:
    """Once more when nobody can have the key in hand any longer; and at night give the freed pages back."""
    from tongqu.kernel.identity import work

    work.erase_leftovers.using(run_after=act.at + work.LATE).enqueue(party_id=str(party_id))
    night = datetime.combine(act.at.astimezone(SHANGHAI).date() + timedelta(days=1), work.AT_NIGHT, SHANGHAI)
    work.compact.using(run_after=night).enqueue()


@operation("identity.erase_leftovers")
def erase_leftovers(act: Act, *, party_id: UUID) -> None:
    """Blank what requests wrote that were under way when the key went. Changes nothing where there was none."""
    act.allow(act.actor.kind == "system")
    act.unchanged()
    if Party.objects.filter(id=party_id).exclude(erased_at=None).exists():
        subject = subject_of(party_id)
        for holder in reversed(holders.holders()):
            holder.erase(act, subject)


def _permit(act: Act) -> None:
    if act.verb.startswith("identity."):
        act.require("identity.manage_accounts", login=roles.login_for("identity.destroy_person_key"))


def _check_ground(code: str) -> None:
    if code not in {one.code for one in grounds.grounds_for("erase")}:
        raise Invalid(_("请选择删除个人信息的法定事由"), code="ground-missing", field="ground")


def _refuse_if_blocked(party_id: UUID, found: Assessment) -> None:
    if not found.blocking:
        return
    first = found.blocking[0]
    known = grounds.ground(first.ground)
    raise Refused(
        _("依法还不能删除：%(what)s") % {"what": first.what}, code=first.ground, rule=known.rule_id,
        on_record=OnRecord(
            events.ERASURE_REFUSED, "party", party_id, {"grounds": sorted({h.ground for h in found.blocking})},
            rule=known.cite,
        ),
    )  # fmt: skip


@operation("identity.erase_again")
def erase_again(act: Act, *, party_id: UUID) -> None:
    """After a backup was restored: an erasure on the list is carried out anew, without asking again."""
    act.allow(act.actor.kind == "system")
    if not Party.objects.filter(id=party_id).exists():
        act.unchanged()
        return
    subject = subject_of(party_id)
    erase_everywhere(act, subject)
    act.emit(
        events.PERSON_KEY_DESTROYED, subject=("party", party_id), body={"again": True, "keys": len(subject.parties)}
    )


def _cite(rule_id: str) -> str:
    return register.rule(rule_id).cite
