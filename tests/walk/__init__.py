"""The walk: what people do on this platform, from finding a service to the archived case, in a real browser.

`people.py` says what people do on the pages; `backstage.py` brings a case to where a test begins and looks behind them.
`test_happy.py` is the walk itself, the other files are the ways that go wrong and the marks every page must meet.
"""
