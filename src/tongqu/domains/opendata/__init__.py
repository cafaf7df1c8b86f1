"""数据开放 Open data portal, registration, authorised operation. Not built yet.

May touch: foundation and kernel.
"""
