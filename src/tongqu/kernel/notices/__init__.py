"""通知 Event to audience and template: in-site, SMS, e-mail; each delivery on record.

A room says `tell(…)` (to parties) or `tell_staff(…)` (to accounts, on the desk only) with a template and a few public
words; the reader's language is chosen when it is read. What goes outside runs as jobs under a stable message id.
Numbers come through the port ContactBook at the moment of sending and are never stored here.

May touch: foundation and the kernel rooms before it. Start reading at `operations.py`, then `texts.py`.
"""
