"""The rig: what every test may lean on.

`suite.py` is `./tq test`; `postgres.py` a throw-away PostgreSQL; `queries.py` counts database queries against a
baseline; `live.py` a running platform; `browser.py` a browser on it. `fixtures.py` makes them pytest fixtures.
"""
