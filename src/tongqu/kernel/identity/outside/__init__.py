"""Signing in with an account elsewhere (a province's unified identity login), by OpenID Connect, as the client.

settings.py   which providers this node trusts, and how far: a file of the node, checked by a schema
protocol.py   the code flow with PKCE; what comes back is believed only once it is verified (no Django in it)
reading.py    from a provider's claims to a person and a strength of login
"""
