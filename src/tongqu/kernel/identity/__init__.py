"""身份 Accounts, parties, mandates, login strength, roles and scopes, three separated administrators.

An account (how somebody signs in) is not a party (who somebody is in law): a person, a firm, a 个体工商户. A mandate
lets one person act for another party. Roles give staff verbs at a unit or in a region; the three administrators are
never one person. Identifiers and phones are stored encrypted under a key per person, found by a blind index, and
shown masked; destroying the key is the lawful erasure.

May touch: foundation, jobs, acts, ui, law, directory. Start reading at `actors.py` (who is asking), then `rules.py`
(which mandates and roles go together) and `vault.py` (what erasure destroys).
"""
