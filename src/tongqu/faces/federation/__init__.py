"""联邦 Node to node: cross-region cases, catalogues, packages, witness cosigning. Not built yet.

May touch: every floor below.
"""
