"""SQLite as this platform runs it: Django's own backend, with writers taking turns. Read `turns.py`."""
