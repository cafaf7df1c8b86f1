"""Signing in a second browser by a telephone that is signed in: asked by the one, decided by the other, used once."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity import events, vault
from tongqu.kernel.identity.models import Account, QrSignIn

LIFE = timedelta(minutes=2)  # of the picture; once confirmed, the browser has as long again
_TOKEN_BYTES = 32


@operation("identity.ask_qr_sign_in")
def ask_qr_sign_in(act: Act, *, device: str, address: str) -> dict[str, Any]:
    """A browser asks; open to anyone, the page limits how often. Returns {"id", "code"}: the code is told once."""
    act.allow(True)
    code = secrets.token_urlsafe(_TOKEN_BYTES)
    row = QrSignIn.objects.create(
        id=uuid7(), tenant_id=act.actor.tenant_id, code_index=index_of(code), number=f"{secrets.randbelow(90) + 10}",
        expires_at=act.at + LIFE, device=device[:60], address=address[:45],
    )  # fmt: skip
    act.unchanged()  # nobody's yet: an event would be about no one
    return {"id": str(row.id), "code": code}


@operation("identity.decide_qr_sign_in")
def decide_qr_sign_in(act: Act, *, code: str, number: str | None) -> dict[str, Any]:
    """The telephone's holder lets the browser in by choosing the number it shows; None refuses.

    Choosing a wrong number refuses too: whoever looks at another screen than the one that asks is being deceived.
    Returns {"let_in"}. Raises NotFound (forged, expired), Refused (decided already; staff), Invalid (wrong number).
    """
    act.allow(act.actor.account_id is not None, login=PASSWORD)
    row = QrSignIn.objects.select_for_update().filter(code_index=index_of(code)).first()
    if row is None or row.expires_at <= act.at:
        raise NotFound(_("这个二维码已经失效"), code="qr-expired", remedy=_("请在电脑上刷新二维码后重新扫描"))
    if row.state != "asked":
        raise Refused(_("这个二维码已经用过"), code="qr-used", remedy=_("请在电脑上刷新二维码后重新扫描"))
    if act.actor.is_staff:
        raise Refused(_("工作人员账号不能扫码登录"), code="qr-staff", remedy=_("请在电脑上用密码和动态口令登录"))
    let_in = number is not None and secrets.compare_digest(number.encode(), row.number.encode())
    row.account_id, row.decided_at = act.actor.account_id, act.at
    row.state, row.expires_at = ("confirmed" if let_in else "refused"), act.at + LIFE
    row.save(update_fields=["account", "decided_at", "state", "expires_at"])
    act.emit(
        events.QR_CONFIRMED if let_in else events.QR_REFUSED,
        subject=("account", UUID(str(act.actor.account_id))),
        body={"qr": row.id, "wrong_number": number is not None and not let_in},
    )
    return {"let_in": let_in}


@operation("identity.use_qr_sign_in")
def use_qr_sign_in(act: Act, *, qr_id: UUID) -> Account:
    """The browser that asked takes its turn, once. The caller has its id from the browser's own session.

    Raises NotFound (unknown, not confirmed, expired), Refused (used already, account closed).
    """
    act.allow(True)
    row = QrSignIn.objects.select_for_update(of=("self",)).select_related("account").filter(id=qr_id).first()
    if row is None or row.expires_at <= act.at or row.state in {"asked", "refused"} or row.account is None:
        raise NotFound(_("这个二维码已经失效"), code="qr-expired", remedy="")
    if row.state != "confirmed" or not row.account.is_active:
        raise Refused(_("这个二维码已经用过"), code="qr-used", remedy="")
    row.state = "used"
    row.save(update_fields=["state"])
    act.emit(events.QR_USED, subject=("account", row.account.id), body={"qr": row.id})
    return row.account


def index_of(code: str) -> str:
    return vault.index_of("qr_sign_in", code[:200].encode("utf-8", "ignore").decode())
