"""一网通办 Items, guides, triage, applying, ratings (好差评).

May touch: foundation and kernel.
"""
