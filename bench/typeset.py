"""How many papers are typeset a second: `python bench/typeset.py [rounds]`, 100 of each unless told otherwise.

One process, one compiler for each template, each paper with another recipient so that nothing is answered from memory.
The first paper of a process reads the fonts and is printed apart. Wall clock and processor time.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ISSUER = "明川市清溪区市场监督管理局"
LINES = ("经营者名称", "统一社会信用代码", "法定代表人（负责人、经营者）", "住所", "经营场所", "主体业态", "经营项目")


def main(rounds: int) -> None:
    from tongqu.kernel.records import typeset

    shared = {
        "issuer": ISSUER, "date": "2026年11月22日", "date_iso": "2026-11-22", "token": "0000-0000-0000", "case_no": "1",
        "qr_svg": typeset.qr_svg("https://zwfw.example/v/000000000000"), "verify_at": "zwfw.example/v",
        "seal_note": "演示",
    }  # fmt: skip
    text = "你（单位）提出的申请，符合法定条件、标准，决定准予行政许可。本机关自决定之日起5个工作日内颁发许可证件。"
    papers: dict[str, dict[str, Any]] = {
        "notice": {
            **shared, "title": "准予行政许可决定书", "paragraphs": [text, text], "items": [], "ground": "",
            "reason": "", "basis": ["《中华人民共和国行政许可法》第42条"], "remedies": [],
        },
        "licence": {
            **shared, "title": "食品经营许可证", "copy_note": "电子证照", "foot": "",
            "lines": [{"label": name, "value": "明川市清溪区文昌街道书院巷18号1层"} for name in LINES],
        },
    }  # fmt: skip
    for template, data in papers.items():
        began = time.perf_counter()
        typeset.render(template, {**data, "recipient": "第一家店"})
        first = time.perf_counter() - began
        began, busy = time.perf_counter(), time.process_time()
        size = sum(len(typeset.render(template, {**data, "recipient": f"第{n}家店"})) for n in range(rounds))
        wall, cpu = time.perf_counter() - began, time.process_time() - busy
        print(
            f"{template:<8} first {first:.2f} s; then {rounds / wall:,.1f} a second"
            f" ({rounds / cpu:,.1f} a second of processor), {size // rounds // 1024} KB each"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="tq-bench-") as folder:
        os.environ.update(TQ_DATA_DIR=folder, DJANGO_SETTINGS_MODULE="tongqu.assembly.settings", TQ_LOG_LEVEL="WARNING")
        sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
