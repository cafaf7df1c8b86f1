"""存证 Tamper-evident Merkle log of every event, with signed heads.

May touch: foundation and the kernel rooms before it.
"""
