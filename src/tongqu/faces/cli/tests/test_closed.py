"""What the platform writes is for its owner alone, also in a folder that others may look into."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from tongqu.faces.cli.data import PROJECT_ROOT

WRITE = """
import pathlib, sqlite3, sys
from tongqu.faces.cli.data import Folder
folder = Folder.named(sys.argv[1])
folder.claim()
sqlite3.connect(folder.path / "tongqu.sqlite3").execute("create table t (a)")
(folder.path / "log").mkdir()
"""


def test_files_in_an_open_folder_are_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    here = os.environ | {"PYTHONPATH": str(PROJECT_ROOT / "src")}
    subprocess.run([sys.executable, "-c", WRITE, str(folder)], check=True, env=here, umask=0o022)
    modes = {entry.name: entry.stat().st_mode & 0o077 for entry in folder.iterdir()}
    assert modes["tongqu.sqlite3"] == 0 and modes["log"] == 0 and modes["tongqu-data.json"] == 0
    assert sqlite3.connect(folder / "tongqu.sqlite3").execute("select count(*) from t").fetchone() == (0,)
