"""Run the measurements by name, or all of them, one after the other: `./tq bench`, `./tq bench ledger start`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    known = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    if unknown := sorted(set(names) - set(known)):
        print(f"tq: no such measurement: {', '.join(unknown)} → one of {', '.join(known)}", file=sys.stderr)
        return 2
    failed = []
    for name in names or known:
        print(f"\n── {name} ──", flush=True)
        with tempfile.TemporaryDirectory(prefix="tongqu-bench-") as folder:
            settings = {"TQ_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "tongqu.assembly.settings"}
            env = {**os.environ, "TQ_LOG_LEVEL": "WARNING", **settings}
            if subprocess.run([sys.executable, str(HERE / f"{name}.py")], env=env).returncode:
                failed.append(name)
    if failed:
        print(f"\ntq: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
