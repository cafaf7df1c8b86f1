"""规则 Rule register, working calendar, clocks on a generic subject, grounds.

May touch: foundation, jobs, acts, ui. Start reading at `rules.py` (the pure due date), then `operations.py`.
"""
