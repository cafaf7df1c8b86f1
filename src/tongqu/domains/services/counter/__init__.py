"""窗口 The counter: a clerk files for a walk-in or a caller, with or without devices, and hands the window over.

Start reading at `filing.py` (one filing from the papers shown to the receipt number), then `visitors.py` (who stands
there), `phone.py` (callers), `shifts.py` (hand-over), `daybook.py`. The draft itself is a case like any other; what is
added here is who types it, for whom, and the queue. Devices come through the page (`docs/howto/counter-bridge.md`).
"""
