"""通知 Event to audience and template: in-site, SMS, e-mail; delivery on record.

May touch: foundation and the kernel rooms before it.
"""
