"""定义包 Definition packages: load, check, test, version, publish.

A package is a folder of plain files that defines one item: what it is, which way in, the form, the materials, the
rules it ships, the procedure it binds and its tests. It is data only; nothing in it runs. A published version is
immutable and known by its hash; a case keeps the version it was submitted under.

May touch: foundation and the kernel rooms before it. Start reading at `package.py` (what a package is), then
`rules/` (what can be asked of it) and `operations.py` (how it is published).
"""
