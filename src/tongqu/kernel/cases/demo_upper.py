"""The demonstration's upper platform: numbers every case of the invented city, the same question always alike."""

from __future__ import annotations

import hashlib

from tongqu.kernel.cases.ports import NumberAsked


class DemoUpperPlatform:
    """Its numbers look like another system's: letters, a hyphen, twelve digits."""

    def wants(self, item_code: str, region_code: str) -> bool:
        return region_code.startswith("9901")

    def fetch(self, asked: NumberAsked, *, timeout: float) -> str:
        digest = int.from_bytes(hashlib.sha256(asked.request_id.bytes).digest()[:8])
        return f"YS99-{digest % 10**12:012d}"
