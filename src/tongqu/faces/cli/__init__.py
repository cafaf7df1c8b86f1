"""命令 The `tongqu` command.

May touch: every floor below.
"""
