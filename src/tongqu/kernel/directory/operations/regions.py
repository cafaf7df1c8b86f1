"""Loading an edition of the region tree: new versions from its day on, nothing overwritten, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.acts.inserting import insert
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.directory import events
from tongqu.kernel.directory.bulk import BATCH, ids
from tongqu.kernel.directory.models import OPEN, Region, RegionChange, RegionEdition, RegionMapping, RegionVersion
from tongqu.kernel.directory.rules import dating, editions
from tongqu.kernel.directory.rules.codes import ADMINISTRATIVE, STATISTICAL, above, level_of, normalise
from tongqu.kernel.directory.rules.editions import Changes, Edition, Where, compare, explain, wrong

T = TypeVar("T")
Values = tuple[str | int | None, ...]
Found = tuple[str, str, str, str | None]  # region id, code, name, superior's region id
CHUNK = 500  # codes or ids in one question to the database
FEW = 1_000  # below this many codes the database is asked for them by name


class _Held(NamedTuple):
    """A version in force, about to be closed."""

    version: UUID
    region: UUID
    code: str
    parent: UUID | None
    start: date


@operation("directory.import_edition")
def import_edition(act: Act, *, edition: Edition, accept_ended: int | None = None) -> dict[str, Any]:
    """Make `edition` the tree from its day on and answer what changed, as counts.

    A place whose name changed gets a new version; one whose code changed keeps its id; merges and splits that the
    source tells are kept as RegionChange rows. Loading the same list again changes nothing.

    Raises Invalid (a superior is missing; a change the list does not bear out), Conflict (a later edition is already
    in force) and Refused (the list would end too many places: see `editions.check_losses`; or a place that still has
    others under it).
    """
    act.require("directory.manage")
    try:
        with transaction.atomic():
            return _Import(act, edition).run(accept_ended)
    except IntegrityError as error:
        raise Conflict(_("同时有另一次区划载入，本次未作任何更改"), code="import-race") from error


@operation("directory.map_region")
def map_region(act: Act, *, statistical: str, administrative: str, on: date | None = None) -> dict[str, Any]:
    """From `on`, the administrative place that answers for a statistical one (K2). Raises NotFound for either code."""
    act.require("directory.manage")
    day = on or clock.today().date()
    inner = _region_in_force(statistical, STATISTICAL, day)
    outer = _region_in_force(administrative, ADMINISTRATIVE, day)
    current = RegionMapping.objects.select_for_update().filter(OPEN, statistical_id=inner).first()
    if current and current.administrative_id == outer:
        act.unchanged()
        return {"mapping_id": str(current.id)}
    if current:
        dating.close(dating.Span(current.valid_from), day)
        RegionMapping.objects.filter(id=current.id).update(valid_to=day)
    made = RegionMapping.objects.create(statistical_id=inner, administrative_id=outer, valid_from=day)
    codes = {"statistical": normalise(statistical), "administrative": normalise(administrative), "on": day}
    act.emit(events.REGION_MAPPED, subject=("region", inner), body={"mapping": made.id, **codes})
    return {"mapping_id": str(made.id)}


def _region_in_force(code: str, tree: str, on: date) -> UUID:
    row = RegionVersion.objects.filter(dating.in_force(on), tree=tree, code=normalise(code)).first()
    if row is None:
        raise NotFound(_("区划树中没有代码 %(code)s") % {"code": code}, field="region_code")
    return row.region_id


class _Import:
    """One run of `import_edition`: compare, explain, check, then write."""

    def __init__(self, act: Act, edition: Edition) -> None:
        self.act, self.edition = act, edition
        self.open = RegionVersion.objects.filter(OPEN, tree=edition.tree)
        self.held = 0

    def run(self, accept_ended: int | None) -> dict[str, Any]:
        edition = self.edition
        changes = compare(self._held(), edition)
        if changes or edition.successions:
            changes = explain(changes, edition, self._names(edition))
        editions.check_losses(changes, self.held, accept_ended)
        if edition.stand_ins:
            editions.check_stand_ins(edition, dict(self._by_code(edition.stand_ins, "code", "name")))
        if not changes and not changes.relations:
            self.act.unchanged()
            return self._answer(changes, None, None)
        closing = self._closing(changes)
        parents = self._parents(changes)
        on = edition.valid_from or self._day(parents)
        self._check_order(changes, closing, parents, on)
        self._check_left_behind(changes, closing)
        record = RegionEdition.objects.create(
            tree=edition.tree, title=edition.title, valid_from=on, digest=edition.digest
        )  # fmt: skip
        self._write(changes, closing, parents, on, record)
        answer = self._answer(changes, record.id, on)
        record.counts = answer
        record.save(update_fields=["counts"])
        self.act.emit(
            events.REGIONS_IMPORTED,
            subject=("region_edition", record.id),
            body={"tree": edition.tree, "digest": record.digest, **answer},
        )
        return answer

    # --- what is in force ---------------------------------------------------------------------------------------------

    def _held(self) -> Iterator[tuple[str, str]]:
        """Places in force that the edition may speak of, in order of code."""
        nodes, rows = self.edition.nodes, self.open
        if not self.edition.whole and len(nodes) < FEW:
            rows = rows.filter(code__in=[node.code for node in nodes])
        else:
            provinces = sorted(self.edition.provinces)
            rows = rows.filter(code__gte=provinces[0], code__lte=provinces[-1] + "9" * 10)
            rows = rows.filter(level__in=list(self.edition.levels))
        for pair in rows.order_by("code").values_list("code", "name").iterator(chunk_size=10_000):
            self.held += 1
            yield pair

    def _names(self, edition: Edition) -> dict[str, str]:
        spoken = {code for told in edition.successions for code in (told.old, told.new)}
        return dict(self._by_code(spoken, "code", "name"))

    def _closing(self, changes: Changes) -> dict[str, _Held]:
        codes = [*changes.renamed, *changes.ended, *changes.recoded]
        rows = self._by_code(codes, "id", "region_id", "code", "parent_id", "valid_from")
        return {row[2]: _Held(*row) for row in rows}

    def _parents(self, changes: Changes) -> dict[str, tuple[str, date | None]]:
        """Code → (region id as hex, in force since) of every superior that a new version may need."""
        wanted = {above(code) for code in (*changes.added, *changes.names)}
        if len(wanted) < FEW:
            rows: Iterable[Any] = self._by_code(wanted, "code", "region_id", "valid_from")
        else:
            rows = self.open.filter(level__lt=5).values_list("code", "region_id", "valid_from").iterator(10_000)
        return {code: (region.hex, start) for code, region, start in rows}

    def _day(self, parents: dict[str, tuple[str, date | None]]) -> date:
        """When neither file nor caller says: the first list of a level is as old as what stands above it."""
        if not self.held and (starts := [start for _region, start in parents.values() if start]):
            return max(starts)
        return clock.today().date()

    def _by_code(self, codes: Iterable[str], *columns: str) -> Iterator[Any]:
        for chunk in _chunks(codes):
            yield from self.open.filter(code__in=chunk).values_list(*columns)

    # --- checks -------------------------------------------------------------------------------------------------------

    def _check_order(
        self,
        changes: Changes,
        closing: dict[str, _Held],
        parents: dict[str, tuple[str, date | None]],
        on: date,
    ) -> None:
        for held in closing.values():
            dating.close(dating.Span(held.start), on)
        begun = [*changes.added, *changes.names]
        for code in begun:
            if (start := parents.get(above(code), ("", None))[1]) and start > on:
                raise self._wrong(
                    _("%(code)s 的上级 %(above)s 自 %(start)s 起才有效，早于该日的区划无法载入")
                    % {"code": code, "above": above(code), "start": start}
                )
        tree: QuerySet[RegionVersion] = RegionVersion.objects.filter(tree=self.edition.tree, valid_to__gt=on)
        if tree.exists():
            for chunk in _chunks(begun):
                if clash := tree.filter(code__in=chunk).values_list("code", "valid_to").first():
                    raise Conflict(
                        _("代码 %(code)s 在 %(end)s 之前已有记录，生效日期不能早于这一天")
                        % {"code": clash[0], "end": clash[1]},
                        code="later-change",
                        remedy="",
                    )

    def _check_left_behind(self, changes: Changes, closing: dict[str, _Held]) -> None:
        """No place may stay in force under a code that has gone."""
        going = {code for code in closing if code not in changes.renamed}
        regions = [closing[code].region for code in going if level_of(code) < 5]
        for chunk in _chunks(regions):
            for code in self.open.filter(parent_id__in=chunk).values_list("code", flat=True):
                if code not in going:
                    raise Refused(
                        _("区划 %(code)s 的上级在新版中不再存在，但名单未说明它的去向") % {"code": code},
                        code="region-left-behind",
                        remedy=_("请同时载入包含下级区划的完整名单"),
                    )

    def _wrong(self, what: str) -> Invalid:
        return wrong(Where(self.edition.title), what)

    # --- writing ------------------------------------------------------------------------------------------------------

    def _write(
        self,
        changes: Changes,
        closing: dict[str, _Held],
        parents: dict[str, tuple[str, date | None]],
        on: date,
        record: RegionEdition,
    ) -> None:
        for chunk in _chunks(held.version for held in closing.values()):
            RegionVersion.objects.filter(id__in=chunk).update(valid_to=on)
        for code in (*changes.ended, *changes.recoded):
            parents.pop(code, None)
        for old, code in changes.recoded.items():
            parents[code] = (closing[old].region.hex, None)
        tree, day = self.edition.tree, on.isoformat()
        columns = ("id", "region", "tree", "code", "name", "level", "parent", "valid_from")

        def rows(found: list[Found]) -> Iterator[Values]:
            for row_id, (region, code, name, parent) in zip(ids(len(found)), found, strict=True):
                yield row_id, region, tree, code, name, level_of(code), parent, day

        def begun(codes: list[str], regions: list[str]) -> Iterator[Found]:
            for code, region in zip(codes, regions, strict=True):
                if level_of(code) < 5:
                    parents[code] = (region, None)
                yield region, code, changes.added[code], self._above(code, parents)

        def changed() -> Iterator[Found]:
            for old, code in sorted(changes.recoded.items(), key=lambda pair: pair[1]):
                yield closing[old].region.hex, code, changes.names[code], self._above(code, parents)
            for code, name in changes.renamed.items():
                held = closing[code]
                yield held.region.hex, code, name, held.parent.hex if held.parent else None

        for codes in _chunks(sorted(changes.added), BATCH):  # superiors first: they sort before what is in them
            regions = ids(len(codes))
            insert(Region, ("id", "tree"), [(region, tree) for region in regions])
            insert(RegionVersion, columns, rows(list(begun(codes, regions))))
        insert(RegionVersion, columns, rows(list(changed())))
        self._write_changes(changes, closing, parents, on, record)
        if connection.vendor == "postgresql" and len(changes.added) > 10_000:
            with connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(RegionVersion._meta.db_table)}")

    def _above(self, code: str, parents: dict[str, tuple[str, date | None]]) -> str | None:
        superior = above(code)
        if superior and superior not in parents:
            raise self._wrong(_("区划 %(code)s 的上级 %(above)s 不存在") % {"code": code, "above": superior})
        return parents[superior][0] if superior else None

    def _write_changes(
        self,
        changes: Changes,
        closing: dict[str, _Held],
        parents: dict[str, tuple[str, date | None]],
        on: date,
        record: RegionEdition,
    ) -> None:
        def change(kind: str, old: str, new: str, successor: UUID, inferred: bool = False) -> RegionChange:
            return RegionChange(
                edition=record, kind=kind, predecessor_id=closing[old].region, successor_id=successor,
                old_code=old, new_code=new, effective_on=on, inferred=inferred,
            )  # fmt: skip

        rows = [change("renamed", code, code, closing[code].region) for code in changes.renamed]
        rows += [
            change("recoded", old, new, closing[old].region, old in changes.inferred)
            for old, new in changes.recoded.items()
        ]
        if changes.relations:
            new_codes = {told.new for told in changes.relations}
            successors = {code: region for code, region in self._by_code(new_codes, "code", "region_id")}
            rows += [change(told.kind, told.old, told.new, successors[told.new]) for told in changes.relations]
        RegionChange.objects.bulk_create(rows, batch_size=CHUNK)

    def _answer(self, changes: Changes, record: UUID | None, on: date | None) -> dict[str, Any]:
        kinds = [told.kind for told in changes.relations]
        return {
            "edition_id": str(record) if record else None,
            "valid_from": on.isoformat() if on else None,
            "listed": {str(level): count for level, count in sorted(self.edition.levels.items())},
            "folded": {str(level): count for level, count in sorted(self.edition.folded.items())},
            "rare": list(self.edition.rare),
            "added": len(changes.added),
            "renamed": len(changes.renamed),
            "recoded": len(changes.recoded),
            "merged": kinds.count("merged"),
            "split": kinds.count("split"),
            "ended": len(changes.ended),
        }


def _chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    waiting = iter(items)
    while chunk := list(islice(waiting, size)):
        yield chunk
