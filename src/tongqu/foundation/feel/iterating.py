"""Going through lists and ranges: iteration contexts, and filters (DMN 1.5, 10.3.2.14 and table 53)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from tongqu.foundation.feel import operators as op
from tongqu.foundation.feel.diagnostics import Span
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.temporal import Date, of_day_number
from tongqu.foundation.feel.values import Range, Unknown, kind, unknown

Work = Callable[[Frame], Any]
Source = tuple[str, Callable[[Frame], Any]]


def expanded(run: Run, span: Span, value: Any) -> Any:
    """What is gone through: a list as it is, a range of whole numbers or days one by one. Null, with its reason, for
    anything else."""
    if type(value) is list or value is None or type(value) is Unknown:
        return value
    if type(value) is Range:
        return _steps(run, span, value)
    return run.note("not-a-list", span, kind=kind(value))


def _steps(run: Run, span: Span, over: Range) -> Any:
    start, end = over.start, over.end
    if type(start) is Decimal and type(end) is Decimal:
        if start != start.to_integral_value() or end != end.to_integral_value():
            return run.note("bad-range", span)
        numbers = _between(run, span, over, int(start), int(end))
        return [Decimal(one) for one in numbers]
    if type(start) is Date and type(end) is Date:
        return [Date(*of_day_number(one)) for one in _between(run, span, over, start.number, end.number)]
    return run.note("bad-range", span)


def _between(run: Run, span: Span, over: Range, start: int, end: int) -> range:
    way = 1 if start <= end else -1
    run.sized(span, abs(end - start) + 1)
    return range(start if over.start_included else start + way, end + way if over.end_included else end, way)


def each(frame: Frame, domains: Sequence[Source]) -> Iterator[Frame | Unknown | None]:
    """A frame for each combination, the first name changing slowest; a later domain sees the earlier names.

    None or Unknown, once, where a domain is not there or not known.
    """
    if not domains:
        yield frame
        return
    (name, source), rest = domains[0], domains[1:]
    items = source(frame)
    if items is None or type(items) is Unknown:
        yield items
        return
    for item in items:
        for inner in each(Frame({name: item}, frame.run, frame), rest):
            yield inner
            if inner is None or type(inner) is Unknown:
                return


def for_each(domains: Sequence[Source], body: Work, span: Span, partial: bool) -> Work:
    """A list of the body's results; `partial`: it sees those so far under that name."""

    def work(frame: Frame) -> Any:
        found: list[Any] = []
        for inner in each(frame, domains):
            if inner is None or isinstance(inner, Unknown):
                return inner
            frame.run.tick(span)
            if partial:
                frame.run.tick(span, len(found) // 64)
                inner = Frame({"partial": list(found)}, frame.run, inner)
            found.append(body(inner))
            frame.run.sized(span, len(found))
        return found

    return work


def quantified(domains: Sequence[Source], condition: Work, span: Span, *, settles: bool) -> Work:
    """`some` (settled by true) and `every` (settled by false) over all combinations."""

    def work(frame: Frame) -> Any:
        answers: list[Any] = []
        for inner in each(frame, domains):
            if inner is None or isinstance(inner, Unknown):
                return inner
            frame.run.tick(span)
            answer = condition(inner)
            if answer is settles:
                return settles
            answers.append(answer if type(answer) in (bool, Unknown) else None)
        return op.connected(answers, settles=settles)

    return work


def filtered(frame: Frame, span: Span, value: Any, condition: Callable[[Frame], Any]) -> Any:
    """`value[condition]`: the item at a position (from 1, or from the end by a negative one), else all that fit."""
    if type(value) is Unknown:
        return value
    items = value if type(value) is list else [] if value is None else [value]
    if not items:
        asked = condition(Frame({"item": None}, frame.run, frame))
        return None if type(asked) is Decimal else []
    kept: list[Any] = []
    open_: list[Any] = []
    for n, item in enumerate(items):
        frame.run.tick(span)
        answer = condition(_at(frame, item))
        if type(answer) is Decimal:
            return _indexed(frame.run, span, items, answer) if n == 0 else frame.run.note("bad-filter", span)
        if answer is True:
            kept.append(item)
        elif type(answer) is Unknown:
            open_.append(answer)
        elif answer is not None and answer is not False:
            return frame.run.note("bad-filter", span)
    return unknown(open_) or kept


def _at(frame: Frame, item: Any) -> Frame:
    inner = Frame({"item": item}, frame.run, frame)
    return Frame(item, frame.run, inner) if isinstance(item, dict) else inner


def _indexed(run: Run, span: Span, items: list[Any], position: Decimal) -> Any:
    if position == position.to_integral_value() and position:
        index = int(position) - 1 if position > 0 else len(items) + int(position)
        if 0 <= index < len(items):
            return items[index]
    return run.note("bad-index", span, index=position)
