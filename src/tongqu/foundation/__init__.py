"""Floor 0: pure Python on the standard library and `cryptography`; no Django, knows no business.

Identifiers, canonical JSON, crypto suites, the Merkle log and Chinese text. Each part is usable on its own.
Nothing here may import from another floor.
"""
