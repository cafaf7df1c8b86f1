"""界面 Design tokens, layouts, components, forms drawn from definitions; every room's pages build on it.

May touch: foundation, jobs, acts.
"""
