"""The node's key is made once, kept closed, and outlives its own rotation."""

from __future__ import annotations

import base64
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tongqu.foundation import crypto
from tongqu.kernel.acts import keys


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.delenv("TQ_SIGNING_KEY", raising=False)
    keys._signer.cache_clear()
    yield
    keys._signer.cache_clear()


def test_the_key_is_made_once_and_closed_to_others(tmp_path):
    first = keys.signer()
    keys._signer.cache_clear()
    assert keys.signer().key_id == first.key_id
    path = tmp_path / "keys" / "signing"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["signing"]
    path.chmod(0o644)
    keys._signer.cache_clear()
    assert keys.signer().key_id == first.key_id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


_RACE = """
import sys, time
from pathlib import Path
from tongqu.kernel.acts import keys
time.sleep(max(0, float(sys.argv[2]) - time.time()))
print(keys._signer("", Path(sys.argv[1])).key_id)
"""


def test_processes_that_start_together_share_one_key(tmp_path):
    import time

    source = str(Path(keys.__file__).parents[3])
    start = str(time.time() + 1.5)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _RACE, str(tmp_path / "signing"), start],
            env={"PYTHONPATH": source},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert len({racer.communicate(timeout=60)[0] for racer in racers}) == 1


def test_the_environment_rules(monkeypatch, tmp_path):
    monkeypatch.setenv("TQ_SIGNING_KEY", base64.b64encode(bytes(range(32))).decode())
    assert keys.signer().key_id == crypto.Ed25519Signer(bytes(range(32))).key_id
    assert not (tmp_path / "keys" / "signing").exists()
    with pytest.raises(keys.BadKeyFile):
        keys.rotate()


def test_what_a_retired_key_signed_still_verifies():
    old = keys.signer()
    signature = old.sign(b"a licence")
    new = keys.rotate()
    assert new.key_id != old.key_id == signature.key_id
    assert set(keys.public_keys()) == {old.key_id, new.key_id}
    assert crypto.verify(keys.public_keys(), signature, b"a licence")
    assert crypto.verify(keys.public_keys(), keys.signer().sign(b"a licence"), b"a licence")


def test_a_broken_file_is_named_and_its_content_is_not(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "signing").write_text("c2VjcmV0\n")
    with pytest.raises(keys.BadKeyFile) as caught:
        keys.signer()
    assert "signing" in str(caught.value) and "c2VjcmV0" not in str(caught.value)
    (folder / "signing").unlink()
    (folder / "retired").write_text("# none yet\n\nEd25519:AAAA\n")
    with pytest.raises(keys.BadKeyFile, match="line 3"):
        keys.public_keys()


def test_master_secrets_differ_by_purpose(settings):
    assert keys.master("a") == keys.master("a") != keys.master("b")
    before = keys.master("a")
    settings.TQ_MASTER_KEY = "another master key of some length"
    assert keys.master("a") != before
