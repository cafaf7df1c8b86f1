"""规则 Rule register, working calendar, clocks on a generic subject, grounds.

May touch: foundation, jobs, acts, ui. Start reading at `rules.py` (the pure due date), then `operations.py`.

- `data/` rules, grounds and calendars as YAML; `schemas/` their published form with an example for packages.
- `rules.py`, `calendar.py` pure: what a rule is and when a period ends; `explaining.py`: why, day by day.
- `register.py`, `grounds.py` what has been taken into memory; `checking.py`, `datafiles.py` what may be taken.
- `models.py`, `operations.py`, `queries.py` clocks; `misses.py` what follows when one runs out; `publication.py` which
  versions of rules are on record.
- `pages/`, `cli.py` the register for people.
"""
