"""`tq rights`: the list of erasures, carrying it out again on a restored backup, archives whose term is over."""

from __future__ import annotations

import argparse
from pathlib import Path

from tongqu.faces.cli.trouble import Trouble


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="删除清单 the erasures carried out, ids and times only")
    again = verbs.add_parser("reapply", help="恢复备份后重新执行删除 carry the list out again after restoring a backup")
    again.add_argument("file", type=Path, nargs="?", help="清单 the list; default: the data folder's own")
    verbs.add_parser("due", help="保管期满、等待鉴定的档案 archives that wait for their appraisal")


def run(options: argparse.Namespace) -> int:
    return {"list": _list, "reapply": _reapply, "due": _due}[options.verb](options)


def _list(options: argparse.Namespace) -> int:
    from tongqu.kernel.identity import erasures

    if erasures.path().exists():
        print(erasures.path().read_text(), end="")
    return 0


def _reapply(options: argparse.Namespace) -> int:
    """Safe to run twice: what is erased already is erased again. A list with a broken line is refused whole."""
    from tongqu.kernel.acts.actor import Actor
    from tongqu.kernel.identity import erasures
    from tongqu.kernel.identity.operations.rights import erase_again

    where = options.file or erasures.path()
    if not where.exists():
        raise Trouble(f"没有这个清单 no such list: {where}", "指定文件 name the file kept beside the backup")
    try:
        listed = list(erasures.listed(where))
    except (ValueError, UnicodeDecodeError) as error:
        raise Trouble(
            f"清单有误 a broken list: {error}", "从保存处重新取得 fetch it again from where it is kept"
        ) from None
    for one in listed:
        erase_again(Actor.system(one.tenant_id, channel="cli"), party_id=one.party_id)
    print(f"已重新执行 {len(listed)} 项删除 carried out {len(listed)} erasures again")
    return 0


def _due(options: argparse.Namespace) -> int:
    from tongqu.kernel.acts.clock import today
    from tongqu.kernel.records.models import Archive

    waiting = Archive.objects.filter(retain_until__lt=today().date(), destroyed_at=None).order_by("retain_until", "id")
    for row in waiting:
        print(f"{row.id}  {row.archive_no}  {row.retain_until}" + ("  legal hold" if row.legal_hold else ""))
    return 0
