"""What an administrator loads in one process, taken by the others: holidays, rules of one region.

refresh()      now; one small query for each while nothing is new
watch()        every few seconds, in a thread of this process
"""

from __future__ import annotations

import logging
import threading

from django.db import connection

from tongqu.kernel.law import calendars, overlays

log = logging.getLogger(__name__)
EVERY = 10.0  # seconds after which a process sees what another one loaded


def refresh() -> None:
    calendars.refresh()
    overlays.refresh()


def watch() -> None:
    """Look every few seconds for what another process has loaded."""
    threading.Thread(target=_watch, name="law", daemon=True).start()


def _watch() -> None:
    pause = threading.Event()
    while not pause.wait(EVERY):
        try:
            refresh()
        except Exception:
            log.warning("what others loaded could not be looked at; it will be tried again", exc_info=True)
        finally:
            connection.close()
