"""一网统管 Sensors, signals, alerts, city events, emergency plans. Not built yet.

May touch: foundation and kernel.
"""
