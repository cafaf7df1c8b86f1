"""Floor 0 stands alone: importing it brings in neither Django nor another floor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOUNDATION = Path(__file__).parents[1]
PARTS = sorted(path.stem for path in FOUNDATION.glob("*.py") if path.stem != "__init__")

_CHECK = """
import sys, importlib
importlib.import_module("tongqu.foundation." + sys.argv[1])
strangers = [m for m in sys.modules if m.split(".")[0] == "django"
             or m.startswith("tongqu.") and not m.startswith("tongqu.foundation")]
sys.exit(", ".join(strangers) or 0)
"""


@pytest.mark.parametrize("part", PARTS)
def test_each_part_imports_alone(part: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHECK, part],
        env={"PYTHONPATH": str(FOUNDATION.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
