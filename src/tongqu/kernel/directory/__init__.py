"""组织 The five-level region tree, units, posts and appointments, all effective-dated; who leads which matter.

Regions are platform reference data and have no tenant; units, posts, appointments and the duty ledger belong to one.
Nothing here is overwritten: each change closes the row in force on its date and opens the next.

May touch: foundation, jobs, acts, ui, law. Start reading at `rules/dating.py` (what "in force" means), then
`operations/units.py` (rename, merge, split) and `operations/regions.py` (an edition of the national tree).
"""
