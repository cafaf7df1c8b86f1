"""政民互动 Mailbox, complaints, 12345, snap reports, consultations, surveys. Not built yet.

May touch: foundation and kernel.
"""
