"""组织 The five-level region tree, units, posts and appointments, all effective-dated; who leads which matter.

May touch: foundation and the kernel rooms before it.
"""
