"""界面 Design tokens, layouts, components, forms drawn from definitions; every room's pages build on it.

May touch: foundation, jobs, acts. It has no tables. Start at /ui/gallery on a demonstration node, then:

    templates/ui/base_*.html   the three layouts and their blocks      templatetags/ui.py   each component as a tag
    static/ui/tokens.css       every colour and size                   forms/               draw and check a definition
    pages.py                   `@page`: errors as pages, kept input    navigation.py        menus that rooms fill
    middleware.py              content policy, preferences, errors     templates/ui/home/   parts of a front page
"""
