"""工作台 The staff's home: one work list, one menu.

May touch: every floor below.
"""
