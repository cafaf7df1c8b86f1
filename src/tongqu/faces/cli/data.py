"""The data folder: where it is, whether it is ours, who is using it, and how it is emptied.

Our folder carries a marker file. Nothing is ever removed from a folder without one, and then only entries that this
platform makes (`OWN`).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tongqu.faces.cli.trouble import Trouble

PROJECT_ROOT = Path(__file__).resolve().parents[4]
MARKER = "tongqu-data.json"
LOCK = "up.lock"
DATABASE = "tongqu.sqlite3"
# Everything the platform puts into its data folder; a test keeps the list complete.
OWN = (
    DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal", f"{DATABASE}-turn",
    f"{DATABASE}-turn-next", f"{DATABASE}-turn-word", "keys", "blobs", "mail",
    "static", "log", "workers", "demo-clock", "demo-clock.new", "prepared.json", "erasures.jsonl", MARKER,
)  # fmt: skip
# What may lie beside it without making the folder a stranger's: results of test runs in the project's own var/.
BESIDE = (LOCK, "screens", ".gitkeep")
LEAST_FREE_MB = 200


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    @classmethod
    def named(cls, path: Path | str | None = None) -> Folder:
        """The given folder, else TQ_DATA_DIR, else `var` in the project."""
        return cls(Path(path or os.environ.get("TQ_DATA_DIR") or PROJECT_ROOT / "var").expanduser().absolute())

    def marker(self) -> dict[str, Any] | None:
        """What the marker says, or None when the folder is not marked as ours."""
        try:
            said = json.loads((self.path / MARKER).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise Trouble(f"读不出标记文件 cannot read {self.path / MARKER}: {error}", _ANOTHER) from None
        return said if isinstance(said, dict) and said.get("made_by") == "tongqu" else None

    def claim(self, *, demo: bool | None = None) -> None:
        """Make the folder ours: created and marked, or already marked. Raises Trouble for a stranger's folder.

        From here on this process writes for its owner alone: database and logs hold people's cases, and a folder that
        was there before us may be open to others.
        """
        os.umask(0o077)
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            marker = self.marker()
            if marker is None:
                self._refuse_strangers()
                marker = {"made_by": "tongqu", "format": 1, "demo": bool(demo)}
                self._write_marker(marker)
            elif demo is not None and marker.get("demo") != demo:
                self._write_marker({**marker, "demo": demo})
            self._try_writing()
        except (FileExistsError, NotADirectoryError):
            raise Trouble(f"数据目录不是目录 not a folder: {self.path}", _ANOTHER) from None
        except OSError as error:
            raise Trouble(f"数据目录不可写 cannot write in {self.path} ({error.strerror})", _ANOTHER) from None
        free = shutil.disk_usage(self.path).free // 2**20
        if free < LEAST_FREE_MB:
            raise Trouble(
                f"磁盘空间不足 only {free} MB free at {self.path}, {LEAST_FREE_MB} needed",
                "清理磁盘，或换用 --data-dir / free some, or use --data-dir",
            )

    def environment(self) -> dict[str, str]:
        """The settings that follow from the folder itself: where it is and whether it holds a demonstration."""
        found = {"TQ_DATA_DIR": str(self.path)}
        if "TQ_DEMO" not in os.environ and (self.marker() or {}).get("demo"):
            found["TQ_DEMO"] = "1"
        return found

    def lock(self) -> IO[str]:
        """Hold the folder for one running platform; the lock ends with the process. Raises Trouble when it is held."""
        handle = (self.path / LOCK).open("a+", encoding="utf-8")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = self._holder(handle)
            raise Trouble(
                f"这份数据已有一个平台在运行 already running on {self.path}: pid {holder.get('pid', '?')}, "
                f"{holder.get('url', '')}",
                f"先停止它 stop it (kill {holder.get('pid', '?')})，或换用 or use another --data-dir",
            ) from None
        sign(handle)
        return handle

    def refuse_unless_marked(self) -> None:
        """Raise Trouble when there is anything in the folder and it is not marked as ours."""
        if self.path.is_dir() and self._entries() and self.marker() is None:
            raise Trouble(
                f"--fresh 只清空通衢自己的数据目录 {self.path} is not marked as Tongqu's ({MARKER} is missing)",
                "换一个目录，或自行清理 use another --data-dir, or empty it yourself",
            )

    def empty(self) -> None:
        """Remove what is ours; call it with the lock held. Raises Trouble unless the folder is marked as ours."""
        self.refuse_unless_marked()
        for name in sorted(OWN, key=lambda name: name == MARKER):  # the marker last: a broken-off run can be repeated
            entry = self.path / name
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink(missing_ok=True)

    def _entries(self) -> set[str]:
        return {entry.name for entry in self.path.iterdir()} - set(BESIDE)

    def _refuse_strangers(self) -> None:
        strangers = sorted(self._entries() - set(OWN))
        if strangers:
            raise Trouble(f"目录里有别的文件 {self.path} holds other files ({', '.join(strangers[:3])} …)", _ANOTHER)

    def _write_marker(self, marker: dict[str, Any]) -> None:
        new = self.path / f"{MARKER}.new"
        new.write_text(json.dumps(marker) + "\n", encoding="utf-8")
        new.replace(self.path / MARKER)

    def _try_writing(self) -> None:
        probe = self.path / f".write-{os.getpid()}"
        probe.touch()
        probe.unlink()

    @staticmethod
    def _holder(handle: IO[str]) -> dict[str, Any]:
        handle.seek(0)
        try:
            said = json.loads(handle.read() or "{}")
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


def sign(lock: IO[str], url: str = "") -> None:
    """Write into a held lock who holds it, for the message that a second start gets."""
    lock.seek(0)
    lock.truncate()
    lock.write(json.dumps({"pid": os.getpid(), "url": url}))
    lock.flush()


_ANOTHER = "换用 --data-dir 指定另一个目录 name another with --data-dir"
