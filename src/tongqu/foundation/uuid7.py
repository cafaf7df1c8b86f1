"""UUIDv7 (RFC 9562): time-ordered keys, so that an index grows at its end. Python 3.11 has none."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def uuid7() -> UUID:
    """A new UUIDv7: 48 bits of Unix milliseconds, a 12-bit counter that keeps order within one, 62 random bits.

    Strictly increasing within a process, also when the clock steps back.
    """
    global _last_ms, _counter
    random_bits = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            _last_ms, _counter = now_ms, 0
        else:
            _counter += 1
            if _counter > 0xFFF:
                _last_ms, _counter = _last_ms + 1, 0
        value = (_last_ms << 80) | (0x7 << 76) | (_counter << 64) | (0b10 << 62) | random_bits
    return UUID(int=value)
