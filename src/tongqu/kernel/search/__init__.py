"""搜索 One forgiving index: Chinese words, pinyin, initials, everyday names, a slip of the finger; scoped in the query.

Our own inverted table, so that every database finds alike. A room indexes what it offers with `operations.index`;
pages ask `queries.find`. How a line of text becomes a question is `rules.py`.

May touch: foundation and the kernel rooms before it. Start reading at `rules.py`.
"""
