"""门户 The public's home, search and navigation, drawn from what the rooms offer.

May touch: every floor below.
"""
