"""What the log may say: of a request its route, never its address, which can name a case or hold a paper's code; of an
error where it happened and of which kind it is, never the values in its words."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from types import TracebackType

from tongqu.kernel.jobs.rules import redact

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


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


class WithoutValues(logging.Formatter):
    """Tracebacks with their frames, and the words of each error as the queue keeps them: a database tells the whole row
    that it did not take, Python the text that is no number."""

    def formatException(self, ei: ExcInfo) -> str:
        lines: list[str] = []
        for error in _causes_first(ei[1]):
            kind = type(error)
            lines += traceback.format_tb(error.__traceback__)
            lines.append(f"{kind.__module__}.{kind.__qualname__}: {redact(str(error))}\n")
        return "".join(lines).rstrip()


def _causes_first(error: BaseException | None) -> Iterator[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return reversed(chain)
