"""What acts asks the worker to do: run the relay, and retry a delivery that failed."""

from __future__ import annotations

from tongqu.kernel.acts import relay, shared_cache
from tongqu.kernel.jobs.registry import every, job


@every("acts.relay", seconds=1)
def run_relay() -> None:
    relay.relay_all(_pace, pause=0.005)


_pace = relay.Pace()


@job("acts.redeliver", attempts=12)
def redeliver(*, subscriber: str, event_id: str) -> None:
    relay.deliver_again(subscriber, event_id)


@every("acts.forget_counts", seconds=300)
def forget_counts() -> None:
    shared_cache.forget()
