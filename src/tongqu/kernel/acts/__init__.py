"""行为 Who does what: actor, operation wrapper, outbox and relay, idempotency keys, ports, the one clock `now()`.

May touch: foundation, jobs. Start reading at `operation.py`.
"""
