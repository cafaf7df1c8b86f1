"""信息化 Plans, projects, money, system and asset catalogue. Not built yet.

May touch: foundation and kernel.
"""
