"""命令 The `tongqu` command: starting the platform, and every verb an operator or a package author needs at a prompt.

May touch: every floor below. Start reading at `main.py` (the table of commands), then `up.py` (what `./tq up` does,
in order). Commands import the rooms they need only when they are run, so that `tongqu --help` and `up` stay light.
"""
