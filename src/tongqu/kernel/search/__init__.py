"""搜索 One forgiving index: Chinese words, pinyin, initials, synonyms; scoped in the query.

May touch: foundation and the kernel rooms before it.
"""
