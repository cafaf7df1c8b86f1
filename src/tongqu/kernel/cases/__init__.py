"""办件 The case engine: procedures as data, acts, tasks, materials, opinions, decisions.

May touch: foundation and the kernel rooms before it. Start reading at `rules.py` (what may be done now), then
`operations/engine.py`.
"""
