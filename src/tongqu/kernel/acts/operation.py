"""The one way to change state: an operation is one function, one transaction, permission checked, events written.

    @operation("directory.rename_unit")
    def rename_unit(act: Act, *, unit_id: UUID, name: str) -> dict[str, Any]:
        act.require("directory.manage", Scope(unit_id=unit_id))
        ...
        act.emit("directory.unit_renamed", subject=("unit", unit_id), body={...})
        return {"unit_id": str(unit_id)}

    rename_unit(actor, unit_id=…, name=…, key="…")     # top level: its own transaction
    rename_unit(act, unit_id=…, name=…)                # inside another operation: the same transaction

With a key the answer is plain JSON (ids are text), at the first call as at each replay. What was found out for the call
and was not asked for (a number from elsewhere) goes under `brought={…}`: it is no part of what makes a call the same.

A top-level call that never asked for permission, or changed something without an event, is a programming error.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import UUIDField

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import kinds, networks, ports, reading
from tongqu.kernel.acts.actor import ANONYMOUS, Actor, Scope
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import KeyReused, LoginNeeded, NotPermitted, OnRecord, StrongerLoginNeeded, TongquError
from tongqu.kernel.acts.inserting import insert_rows
from tongqu.kernel.acts.models import Event, IdempotencyKey, Outbox
from tongqu.kernel.acts.statements import add, change

P = ParamSpec("P")
R = TypeVar("R")
_PEOPLE = ("person", "staff")


class Sealer(Protocol):
    """Port: encrypt personal values with the key of the person they belong to (identity answers)."""

    def seal(self, party_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return {"party", "commitment", "box"}: the commitment is a salted hash, the box opens with the key."""
        ...


class ProgrammingError(RuntimeError):
    """An operation broke the house rules."""


@dataclass(slots=True)
class Act:
    """A running operation: who, when, and the events to write with it."""

    actor: Actor
    verb: str
    at: datetime
    cause: UUID | None = None
    _events: list[Event] = field(default_factory=list)
    _checked: bool = False
    _unchanged: bool = False

    def require(self, verb: str, scope: Scope | None = None, *, login: int = ANONYMOUS) -> None:
        """Raise unless the actor's roles give `verb` at `scope` and the login is at least this strong."""
        self._checked = True
        if self.actor.kind == "anonymous":
            raise LoginNeeded()
        if not self.actor.may(verb, scope):
            raise NotPermitted()
        self._require_login(login)

    def allow(self, why: bool, *, login: int = ANONYMOUS) -> None:
        """For rights that rest on a relation (one's own case) and not on a role: raise unless it holds."""
        self._checked = True
        if not why:
            raise LoginNeeded() if self.actor.kind == "anonymous" else NotPermitted()
        self._require_login(login)

    def _require_login(self, login: int) -> None:
        if self.actor.login_strength < login:
            raise StrongerLoginNeeded()

    def emit(
        self,
        kind: str,
        *,
        subject: tuple[str, UUID],
        version: int = 1,
        body: Mapping[str, Any] | None = None,
        sealed: tuple[UUID, Mapping[str, Any]] | None = None,
        rule: str | None = None,
        effective_at: datetime | None = None,
        cause: UUID | None = None,
    ) -> Event:
        """Add one event, written when the operation ends. `sealed` is (party, personal values)."""
        event = Event(
            id=uuid7(),
            tenant_id=self.actor.tenant_id,
            recorded_at=self.at,
            effective_at=effective_at or self.at,
            actor=self.actor.as_json(),
            kind=kind,
            schema_version=kinds.kind(kind).schema_version,
            subject_kind=subject[0],
            subject_id=subject[1],
            subject_version=version,
            cause=cause or self.cause,
            rule=rule,
            body=_plain(dict(body or {})),
            sealed=ports.adapter(Sealer).seal(*sealed) if sealed else None,  # type: ignore[type-abstract]
        )
        self._events.append(event)
        return event

    def by_platform(self) -> Act:
        """The part of this act that is the platform's own: its events go with the others, and say so."""
        platform = Actor.system(self.actor.tenant_id)
        return Act(actor=platform, verb=self.verb, at=self.at, cause=self.cause, _events=self._events)

    def unchanged(self) -> None:
        """Say that nothing needed to change, so no event is owed."""
        self._unchanged = True


def operation(verb: str) -> Callable[[Callable[Concatenate[Act, P], R]], Callable[..., R]]:
    """Make a function the operation named `verb`. See the module's docstring for how it is called."""

    def wrap(function: Callable[Concatenate[Act, P], R]) -> Callable[..., R]:
        @functools.wraps(function)
        def call(
            who: Actor | Act,
            /,
            *args: Any,
            key: str | None = None,
            cause: UUID | None = None,
            brought: Mapping[str, Any] | None = None,
            **inputs: Any,
        ) -> R:
            if args:
                raise TypeError(f"{verb}: keyword arguments only")
            if isinstance(who, Act):
                return function(who, **inputs, **(brought or {}))  # type: ignore[call-arg]
            return _run(verb, function, who, inputs, brought or {}, key=key, cause=cause)

        call.verb = verb  # type: ignore[attr-defined]
        return call

    return wrap


def _run(
    verb: str,
    function: Callable[..., R],
    actor: Actor,
    inputs: dict[str, Any],
    brought: Mapping[str, Any],
    *,
    key: str | None,
    cause: UUID | None,
) -> R:
    if actor.kind in _PEOPLE and not networks.serves_kind(actor.kind):
        raise NotPermitted()  # whatever way it came here: nobody of the other network acts through this process
    act = Act(actor=actor, verb=verb, at=now(), cause=cause)
    try:
        with reading.carried() as read, transaction.atomic():
            add(read)
            return _taken(act, function, inputs, brought, key)
    except TongquError as error:
        if error.on_record:
            _write_refusal(actor, verb, error.on_record)
        raise


def _taken(
    act: Act, function: Callable[..., R], inputs: dict[str, Any], brought: Mapping[str, Any], key: str | None
) -> R:
    record = _claim_key(act, key, inputs) if key else None
    if isinstance(record, _Replay):
        return record.answer  # type: ignore[no-any-return]
    answer = function(act, **inputs, **brought)
    _check_house_rules(act)
    _write(act._events)
    if record is not None:
        answer = _plain(answer)  # as a replay will give it
        change(IdempotencyKey, {"answer": {"value": answer}}, id=record)
    return answer


def _check_house_rules(act: Act) -> None:
    if not act._checked:
        raise ProgrammingError(f"{act.verb} asked for no permission")
    if not act._events and not act._unchanged:
        raise ProgrammingError(f"{act.verb} recorded no event")


def _write(events: list[Event]) -> None:
    insert_rows(events)
    insert_rows([Outbox(event_id=event.id) for event in events])


def _write_refusal(actor: Actor, verb: str, record: OnRecord) -> None:
    act = Act(actor=actor, verb=verb, at=now())
    act.emit(
        record.kind, subject=(record.subject_kind, record.subject_id), body={"verb": verb, **record.body},
        rule=record.rule,
    )  # fmt: skip
    with transaction.atomic():
        _write(act._events)


@dataclass(slots=True)
class _Replay:
    answer: Any


_CLAIM = """INSERT INTO acts_idempotencykey (id, tenant_id, created_at, owner, key, verb, body_digest, answer)
VALUES (%s, %s, %s, %s, %s, %s, %s, NULL) ON CONFLICT (tenant_id, owner, key) DO NOTHING"""


def _claim_key(act: Act, key: str, inputs: dict[str, Any]) -> UUID | _Replay:
    """Take the key for this transaction, or replay the answer it already has.

    A second caller waits here until the first has committed (row lock on PostgreSQL, write lock on SQLite).
    """
    owner = str(act.actor.account_id or act.actor.kind)
    digest = _digest(act.verb, inputs)
    row_id, uuids = uuid7(), UUIDField()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            [
                uuids.get_db_prep_value(row_id, connection),
                uuids.get_db_prep_value(act.actor.tenant_id, connection),
                connection.ops.adapt_datetimefield_value(act.at),
                owner, key, act.verb, digest,
            ],
        )  # fmt: skip
        if cursor.rowcount:
            return row_id
    known = IdempotencyKey.objects.get(tenant_id=act.actor.tenant_id, owner=owner, key=key)
    if known.verb != act.verb or known.body_digest != digest:
        raise KeyReused()
    return _Replay((known.answer or {}).get("value"))


def _digest(verb: str, inputs: dict[str, Any]) -> str:
    try:
        return hashlib.sha256(json.dumps(inputs, cls=_Fixed, sort_keys=True).encode()).hexdigest()
    except TypeError as error:
        raise ProgrammingError(f"{verb}: an input has no fixed form, so it cannot be called with a key") from error


class _Fixed(DjangoJSONEncoder):
    """A form that is the same in each process and at each call."""

    def default(self, value: Any) -> Any:
        if isinstance(value, (set, frozenset)):
            return sorted(json.dumps(item, cls=_Fixed, sort_keys=True) for item in value)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return hashlib.sha256(value).hexdigest()
        if is_dataclass(value) and not isinstance(value, type):
            return {f.name: getattr(value, f.name) for f in fields(value)}
        return super().default(value)


def _plain(value: Any) -> Any:
    """The body as it will be read back: ids, dates and lazy text become plain JSON now, so hashes never differ."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
