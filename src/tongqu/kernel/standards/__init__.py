"""标准 Data elements, code sets, declared sources; the FactSource port.

May touch: foundation and the kernel rooms before it.
"""
