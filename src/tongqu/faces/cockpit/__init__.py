"""驾驶舱 Figures and drill-down. Not built yet.

May touch: every floor below.
"""
