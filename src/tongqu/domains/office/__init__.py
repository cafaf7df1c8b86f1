"""一网协同 Official documents, joint tasks, supervision orders. Not built yet.

May touch: foundation and kernel.
"""
