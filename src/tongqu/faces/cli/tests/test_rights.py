"""`tq rights`: the list of erasures is shown, carried out again, refused whole when broken; archives due are named."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tongqu.faces.cli import rights
from tongqu.faces.cli.trouble import Trouble
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.identity import erasures
from tongqu.kernel.identity.models import Party
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    rights.arguments(parser)
    return rights.run(parser.parse_args(list(words)))


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def listed(*parties: UUID) -> str:
    line = {"tenant": str(default_tenant()), "at": "2026-03-02T10:00:00+08:00"}
    return "".join(json.dumps(line | {"party": str(party)}) + "\n" for party in parties)


def test_the_list_is_carried_out_again_and_twice_is_once(tmp_path: Path, capsys: Any) -> None:
    party = people.person("独孤𬭎")
    kept = tmp_path / "kept.jsonl"
    kept.write_text(listed(party, uuid7()))  # one that this database has never known
    assert run("reapply", str(kept)) == 0 and run("reapply", str(kept)) == 0
    assert Party.objects.get(id=party).erased_at is not None
    assert Party.objects.get(id=party).name == ""
    assert "2" in capsys.readouterr().out


def test_without_a_list_and_with_a_broken_one_nothing_is_erased(tmp_path: Path) -> None:
    party = people.person()
    with pytest.raises(Trouble):
        run("reapply")
    for broken in (listed(party) + "{}\n", listed(party) + "\xff\n", '["x"]\n'):
        kept = tmp_path / "kept.jsonl"
        kept.write_text(broken)
        with pytest.raises(Trouble):
            run("reapply", str(kept))
    assert Party.objects.get(id=party).erased_at is None


def test_the_list_is_shown_as_it_is(capsys: Any) -> None:
    assert run("list") == 0 and capsys.readouterr().out == ""
    erasures.path().write_text(listed(UUID(int=7)))
    assert run("list") == 0
    assert capsys.readouterr().out == listed(UUID(int=7))


def test_archives_whose_term_is_over_are_named(capsys: Any, settings: Any, tmp_path: Path) -> None:
    from tongqu.kernel.records.models import Archive
    from tongqu.kernel.records.tests.making import HOLDER, archive, holder_of

    settings.TQ_BLOB_DIR = tmp_path / "blobs"
    holder_of(HOLDER)
    row = archive()
    assert run("due") == 0 and capsys.readouterr().out == ""
    Archive.objects.filter(id=row.id).update(retain_until=date(2020, 12, 31), legal_hold=True)
    run("due")
    told = capsys.readouterr().out
    assert str(row.id) in told and "2020-12-31" in told and "legal hold" in told
