"""身份 Accounts, parties, mandates, login strength, roles and scopes, three separated administrators.

May touch: foundation and the kernel rooms before it.
"""
