"""Pure decisions of the queue: when to try again, when a daily schedule is next due, what of an error may be kept."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)
MESSAGE_LENGTH = 300


class Lane(StrEnum):
    """Where a worker runs a job; each lane has threads of its own, so that none waits for what keeps another."""

    PLAIN = "plain"  # in the transaction that marks it done
    MAKING = "making"  # outside a transaction: takes this machine a while
    CALLING = "calling"  # outside a transaction: talks to others, who may not answer


def backoff(attempt: int, chance: float) -> timedelta:
    """How long to wait after the failed attempt number `attempt` (1, 2, …): 2 s, 4 s, 8 s … up to an hour.

    `chance` in [0, 1) spreads it by ±25 %, so that what failed together does not come back together.
    """
    doubled = FIRST_WAIT.total_seconds() * 2.0 ** min(max(attempt, 1) - 1, 30)
    seconds = min(doubled, LONGEST_WAIT.total_seconds())
    return timedelta(seconds=seconds * (0.75 + chance / 2))


def time_of_day(text: str) -> time:
    """ "02:00" as a time. Raises ValueError."""
    hours, _, minutes = text.partition(":")
    return time(int(hours), int(minutes))


def next_daily(at: time, after: datetime, zone: tzinfo) -> datetime:
    """The first moment later than `after` (aware) at which a clock in `zone` shows `at`."""
    local = after.astimezone(zone)
    moment = datetime.combine(local.date(), at, tzinfo=zone)
    return moment if moment > after else datetime.combine(local.date() + timedelta(days=1), at, tzinfo=zone)


_QUOTED = re.compile(r"""(["'“‘「『])(?:(?!["'”’」』]).)*(?:["'”’」』]|$)""")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"[0-9][0-9A-Za-z-]{3,}")
_EQUAL = re.compile(r"=\s*\([^)]*\)?")


def redact(message: str) -> str:
    """An error message without what may be personal: first line only; quoted text, addresses and numbers masked."""
    line = message.strip().splitlines()[0] if message.strip() else ""
    line = line[: 4 * MESSAGE_LENGTH]
    for pattern in (_QUOTED, _ADDRESS, _EQUAL, _NUMBER):
        line = pattern.sub("•••", line)
    return line[:MESSAGE_LENGTH]
