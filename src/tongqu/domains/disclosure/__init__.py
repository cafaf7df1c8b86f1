"""政务公开 Columns, proactive and on-request disclosure. Not built yet.

May touch: foundation and kernel.
"""
