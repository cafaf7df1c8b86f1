"""A provincial login that the node trusts, for the tests of signing in there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

OURS = "http://127.0.0.1:8000"
ENTRY: dict[str, Any] = {
    "code": "province", "label": {"zh-Hans": "省统一身份认证", "en": "Provincial login"}, "client_id": "tongqu",
    "secret_env": "TQ_OIDC_PROVINCE", "acr_values": ["urn:loa:3"],
    "claims": {"name": "full_name", "id_kind": "certificate_type", "id_no": "certificate_no"},
    "id_kinds": {"111": "citizen_id"},
    "assurance": {"urn:loa:1": "password", "urn:loa:3": "real_name", "urn:loa:4": "two_factor"},
}  # fmt: skip
SECRET = {"TQ_OIDC_PROVINCE": "a secret: with/odd characters"}


@pytest.fixture
def trust(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Trust this issuer, with these settings in place of the usual ones."""
    from django.core.cache import cache

    from tongqu.kernel.identity.outside import protocol
    from tongqu.kernel.identity.outside import settings as trusted

    settings.TQ_PUBLIC_URL = OURS
    monkeypatch.setenv(*next(iter(SECRET.items())))
    cache.clear()
    protocol.forget()

    def write(issuer: str, **other: Any) -> Any:
        file = tmp_path / f"trusted-{len(list(tmp_path.iterdir()))}.yaml"
        file.write_text(yaml.safe_dump({"providers": [ENTRY | {"issuer": issuer} | other]}))
        settings.TQ_OIDC_FILE = str(file)
        return trusted.providers()[0]

    yield write
    protocol.forget()
