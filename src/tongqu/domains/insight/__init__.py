"""决策 Indicators, eligibility over the whole population, appraisal. Not built yet.

May touch: foundation and kernel.
"""
