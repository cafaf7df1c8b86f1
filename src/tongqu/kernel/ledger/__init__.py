"""存证 A tamper-evident log of every event: an append-only Merkle tree with signed heads, in public formats.

May touch: foundation and jobs, acts. Start reading at `writer.py` (how an event enters), then `verify.py` (how anyone
with the database finds what was changed) and `queries.py` (how one event is proved to someone without it).

What is logged is the event without its secrets: personal values stay outside, the log holds a commitment to them, so a
destroyed key erases them and every hash still holds. What the log proves is that nothing has changed *since it was
signed*; that it was true when written is the business of the operation that wrote it.
"""
