"""How fast papers are made: `python bench/typeset.py [papers]`, 200 of each unless told otherwise.

One thread typesets at a time in a process (one compiler is kept), so this is also what a worker can do. Beside each
figure stands a calibration loop of plain arithmetic run just before it: the ratio moves little where the rate does.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

BUREAU = "明川市清溪区市场监督管理局"
SAID = "你（单位）提出的食品经营许可（新办）申请，经审查，申请材料齐全、符合法定形式，现决定予以受理。"


def main(papers: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.assembly.settings")
    from tongqu.kernel.records import typeset

    began = time.perf_counter()
    typeset.render("notice", _notice(0, 3))
    print(f"first paper of a process, with the fonts: {time.perf_counter() - began:.2f} s")
    _report("notice, 1 page", papers, lambda n: len(typeset.render("notice", _notice(n, 3))))
    _report("notice, 4 pages", papers // 4, lambda n: len(typeset.render("notice", _notice(n, 40))))
    _report("licence", papers, lambda n: len(typeset.render("licence", _licence(n))))
    _report("QR code", papers, lambda n: len(typeset.qr_svg(f"http://127.0.0.1:8000/v/{n:012d}")))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _shared(n: int) -> dict[str, Any]:
    from tongqu.kernel.records import typeset

    return {
        "issuer": BUREAU, "recipient": f"清溪区秋实小馆{n}", "date": "2026年3月2日", "date_iso": "2026-03-02",
        "token": f"{n:04d}-9QXT-4HWD", "verify_at": "127.0.0.1:8000/v", "seal_note": "电子印章（演示）",
        "demo_note": "演示样本，不具法律效力", "qr_svg": typeset.qr_svg("http://127.0.0.1:8000/v/7K2M9QXT4HWD"),
    }  # fmt: skip


def _notice(n: int, paragraphs: int) -> dict[str, Any]:
    return {
        **_shared(n), "title": "行政许可申请受理通知书", "paragraphs": [{"text": SAID, "mark": ""}] * paragraphs,
        "case_no": f"{n:020d}", "number": f"清市监许受〔2026〕{n}号", "seal": "acceptance",
        "seal_words": "行政许可受理专用章", "receipt_line": True, "table": {},
    }  # fmt: skip


def _licence(n: int) -> dict[str, Any]:
    lines = [{"label": f"登记事项{i}", "value": f"明川市清溪区槐荫街道石桥路{n}号{i}层"} for i in range(9)]
    return {**_shared(n), "title": "食品经营许可证", "copy_note": "电子证照（演示）", "lines": lines, "foot": ""}


def _report(name: str, rounds: int, work: Callable[[int], int]) -> None:
    standard, _wall = _rates(1_000_000, lambda n: n * 3 + 1)
    size = work(0)
    rate, wall = _rates(rounds, work)
    print(
        f"{name:<16}{wall:>8,.1f} a second ({rate:,.1f} of processor), {size / 1024:,.0f} KB each"
        f"   calibration {standard:>12,.0f}   ratio {rate / standard:.1e}"
    )


def _rates(rounds: int, work: Callable[[int], int]) -> tuple[float, float]:
    """Rounds a second of processor time, and of the clock on the wall."""
    began, busy = time.perf_counter(), time.process_time()
    for n in range(rounds):
        work(n)
    return rounds / (time.process_time() - busy), rounds / (time.perf_counter() - began)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
