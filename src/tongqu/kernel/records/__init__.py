"""档案 Encrypted files, documents from templates, e-licences, verification, archives.

May touch: foundation and the kernel rooms before it.
"""
