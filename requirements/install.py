"""Make `.venv` from the pinned lists beside this file: `python3 requirements/install.py run|dev`.

Called by `tq` when the environment is missing or older than its list. Standard library only, no downloads but the
pinned, hashed packages. What the user told pip about the network (mirror, proxy, certificates) is honoured, by uv too;
what pip might be told about *where* to install is not.
"""

from __future__ import annotations

import ast
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# pip's settings that say how to reach packages; every other setting is set aside.
NETWORK = (
    "index-url", "extra-index-url", "find-links", "trusted-host", "proxy", "cert", "client-cert", "no-index",
    "timeout", "default-timeout", "retries", "keyring-provider", "cache-dir", "no-cache-dir",
)  # fmt: skip
# The same for uv. The rest of UV_* could point it at another environment.
UV_KEPT = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA", "UV_FIND", "UV_NO_INDEX", "UV_CACHE_DIR", "UV_SYSTEM_CERTS",
           "UV_NATIVE_TLS", "UV_INSECURE", "UV_HTTP", "UV_OFFLINE", "UV_KEYRING", "UV_CONFIG_FILE", "UV_CONCURRENT",
           "UV_REQUEST")  # fmt: skip


class Stop(Exception):
    """Something only the user can mend; the message says what and how, in one line."""


def main(kind: str) -> None:
    """Make the environment hold the `kind` list (run | dev). Raises Stop."""
    try:
        TOOLS.mkdir(exist_ok=True)
        lock = (TOOLS / "lock").open("w")
    except OSError as error:
        mend = "make it writable, or copy the project elsewhere"
        raise Stop(f"项目目录不可写 cannot write in {ROOT} ({error.strerror}): {mend}") from None
    with lock:
        _wait_for(lock)
        if (VENV / "tq-dev.txt").exists():
            kind = "dev"
        wanted, stamp = HERE / f"{kind}.txt", VENV / f"tq-{kind}.txt"
        if PYTHON.exists() and stamp.exists() and stamp.read_bytes() == wanted.read_bytes():
            return  # another start has made it while this one waited
        say("正在准备 Python 环境（首次约需一分钟）/ preparing the Python environment (about a minute, once) …")
        network = pip_settings()
        uv = find_uv(network)
        make_venv(uv, network)
        for old in VENV.glob("tq-*.txt"):
            old.unlink()
        sync(uv, wanted, network)
        shutil.copyfile(wanted, stamp)


def say(text: str) -> None:
    print(f"tq: {text}", file=sys.stderr, flush=True)


def _wait_for(lock: object) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except OSError:
        say("另一个 tq 正在准备环境，请稍候 / another tq is preparing the environment, waiting …")
        fcntl.flock(lock, fcntl.LOCK_EX)  # type: ignore[arg-type]


# --- what the user told pip about the network ------------------------------------------------------------------------
def pip_settings() -> dict[str, str]:
    """pip's network settings from its files and the environment, the environment last; {} when there is no pip."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list", "--disable-pip-version-check"],
        capture_output=True, text=True, env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0"},
    )  # fmt: skip
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in sections and key in NETWORK:
            try:
                sections[section][key] = str(ast.literal_eval(value))
            except (SyntaxError, ValueError):
                continue
    return {**sections["global"], **sections["install"], **sections[":env:"]}


def pip_environment(network: dict[str, str]) -> dict[str, str]:
    """The environment for pip: no configuration file, only the network settings."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    env.update({f"PIP_{key.upper().replace('-', '_')}": value for key, value in network.items()})
    return {**env, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore"}  # fmt: skip


def uv_environment(network: dict[str, str]) -> dict[str, str]:
    """The environment for uv: never another Python, never another place, the same mirror as pip."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("UV_") or k.startswith(UV_KEPT)}
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        env.pop(name, None)
    own = {
        "UV_DEFAULT_INDEX": network.get("index-url"),
        "UV_INDEX": " ".join(network.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(network.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(network.get("trusted-host", "").split()),
        "SSL_CERT_FILE": network.get("cert"),
        "SSL_CLIENT_CERT": network.get("client-cert"),
        "HTTPS_PROXY": network.get("proxy"),
        "UV_NO_INDEX": "1" if network.get("no-index", "").lower() in {"1", "true", "yes", "on"} else None,
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip does; the hashes say which file is the right one
    }
    for key, value in own.items():
        if value:
            env.setdefault(key, value)
    home = os.environ.get("HOME", "")
    if "UV_CACHE_DIR" not in env and "XDG_CACHE_HOME" not in env and not (home and os.access(home, os.W_OK)):
        env["UV_CACHE_DIR"] = str(ROOT / ".cache" / "uv")
    return {**env, "UV_PYTHON_DOWNLOADS": "never", "UV_PYTHON_PREFERENCE": "only-system"}


# --- the steps -----------------------------------------------------------------------------------------------------
def find_uv(network: dict[str, str]) -> Path | None:
    """The pinned uv in `.tools`, installed when missing or of another version; None when only pip can help."""
    uv, wanted, stamp = TOOLS / "bin" / "uv", HERE / "tools.txt", TOOLS / "tools.txt"
    if uv.exists() and stamp.exists() and stamp.read_bytes() == wanted.read_bytes():
        return uv
    done = _run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", f"--target={TOOLS}", "--no-deps",
         "--only-binary=:all:", "--require-hashes", "-r", str(wanted)],
        pip_environment(network),
    )  # fmt: skip
    if done is None and uv.exists():
        shutil.copyfile(wanted, stamp)
        return uv
    if other := shutil.which("uv"):
        return Path(other)
    if "No module named pip" in (done or ""):
        raise Stop("this Python has no pip: install it (python3-pip, or python3 -m ensurepip) and start again")
    return None


def make_venv(uv: Path | None, network: dict[str, str]) -> None:
    if _runs(PYTHON):
        return
    base = getattr(sys, "_base_executable", None) or sys.executable
    if uv:
        trouble = _run([str(uv), "venv", "--quiet", "--no-project", "--clear", "--python", base, str(VENV)],
                       uv_environment(network))  # fmt: skip
        if trouble is None:
            return
    trouble = _run([base, "-m", "venv", "--clear", "--without-pip", str(VENV)], dict(os.environ))
    if trouble is not None:
        raise Stop(f"cannot make {VENV}: {_last_line(trouble)}")


def sync(uv: Path | None, wanted: Path, network: dict[str, str]) -> None:
    trouble: str | None = "uv could not be installed"
    if uv:
        trouble = _run(
            [str(uv), "pip", "sync", "--python", str(PYTHON), "--require-hashes", "--no-build",
             *([] if sys.stderr.isatty() else ["--quiet"]), str(wanted)],
            uv_environment(network),
            show=sys.stderr.isatty(),
        )  # fmt: skip
    if trouble is not None:  # uv reads less of pip's world than pip does: let pip try before giving up
        trouble = _run(
            [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "--require-hashes",
             "--no-deps", "--only-binary=:all:", "-r", str(wanted)],
            pip_environment(network),
        )  # fmt: skip
    if trouble is not None:
        raise Stop(
            f"the packages could not be fetched: {_last_line(trouble)} — check the network, or name a mirror with "
            "`python3 -m pip config set global.index-url <address>`, and start again"
        )
    # Compiled once here, so that the first start of the platform does not pay for it.
    subprocess.run([str(PYTHON), "-m", "compileall", "-q", "-j", "0", str(VENV / "lib")], capture_output=True)


def _runs(python: Path) -> bool:
    try:
        check = "import sys; sys.exit(sys.version_info < (3, 11))"
        return subprocess.run([str(python), "-c", check], capture_output=True).returncode == 0
    except OSError:
        return False


def _run(command: Sequence[str], env: dict[str, str], *, show: bool = False) -> str | None:
    """Run it and return None, or what it said when it failed."""
    try:
        done = subprocess.run(command, env=env, cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                              stdout=sys.stderr if show else subprocess.PIPE,
                              stderr=None if show else subprocess.STDOUT)  # fmt: skip
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else (done.stdout or "see above")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lower().startswith("[notice]")]
    errors = [line for line in lines if line.lower().startswith(("error", "cause", "caused"))]
    return (errors or lines or [""])[-1][:300]


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Stop as stop:
        say(str(stop))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
