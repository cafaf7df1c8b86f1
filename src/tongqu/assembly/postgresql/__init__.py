"""PostgreSQL as this platform reaches it: Django's own backend, sparing the server what it was asked before."""
