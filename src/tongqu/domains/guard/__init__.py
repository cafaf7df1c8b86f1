"""安全 Classification, leak and anomaly detection, backups, incidents. Not built yet.

May touch: foundation and kernel.
"""
