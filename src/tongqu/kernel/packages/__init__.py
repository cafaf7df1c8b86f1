"""定义包 Definition packages: load, check, version, publish.

May touch: foundation and the kernel rooms before it.
"""
