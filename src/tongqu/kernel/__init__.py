"""Floor 1: what every domain needs, in one order; each room may import those before it, never after.

jobs, acts, ui, law, directory, identity, ledger, notices, search, standards, packages, records, cases, exchange.
"""
