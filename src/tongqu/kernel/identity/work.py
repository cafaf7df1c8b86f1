"""What identity asks the worker to do."""

from __future__ import annotations

from datetime import timedelta

from tongqu.kernel.acts.clock import now
from tongqu.kernel.identity.models import QrSignIn
from tongqu.kernel.jobs.registry import every


@every("identity.purge_qr_sign_ins", daily_at="03:20")
def purge_qr_sign_ins() -> int:
    """Rows of pictures that ran out more than a day ago; how many. What came of them is in the events."""
    count, _each = QrSignIn.objects.filter(expires_at__lt=now() - timedelta(days=1)).delete()
    return count
