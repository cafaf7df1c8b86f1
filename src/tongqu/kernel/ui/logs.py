"""What the log may say of a request: its route, never its address, which can name a case or hold a paper's code."""

from __future__ import annotations

import logging


class RoutesOnly(logging.Filter):
    """For Django's own request loggers: the path in a message becomes the route that it matched."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", None)
        if path and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            route = match.route if match else "(no route)"
            record.args = tuple(route if argument == path else argument for argument in record.args)
        return True
