"""Why is it this date? Each day from the start to the end, counted or not, with its reason. Pure.

It walks the days one by one and does not share `due`'s arithmetic, so that a page that shows both shows two answers
to one question; tests hold them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from tongqu.kernel.law import office_hours
from tongqu.kernel.law.calendar import CHINA
from tongqu.kernel.law.rules import (
    RUNNING_ON,
    Calendar,
    Due,
    Extension,
    Pause,
    Period,
    china_date,
    due,
    paused_days,
    plain_days,
)

DAY_BY_DAY = 70  # a longer period is shown in stretches of days that are alike

REASONS: dict[str, tuple[str, str]] = {
    "start": ("起算当日，不计入", "first day, not counted"),
    "workday": ("工作日，计入", "working day, counted"),
    "makeup": ("调休上班，计入", "weekend worked in exchange, counted"),
    "calendar_day": ("自然日，计入", "calendar day, counted"),
    "weekend": ("周末，不计入", "weekend, not counted"),
    "holiday": ("{name}，不计入", "{name}, not counted"),
    "paused": ("{name}期间，不计入", "{name}, not counted"),
    "rolled": ("届满日为{name}，顺延", "the last day is {name}, moved on"),
    "rolled_paused": ("顺延期间暂停，继续顺延", "paused while moving on"),
    "last": ("顺延后的届满日", "last day after moving on"),
    "event": ("事件当日，不计入", "day of the event, not counted"),
}
UNITS = {
    ("day", "working"): ("个工作日", "working day"),
    ("day", "calendar"): ("日", "day"),
    ("month", "calendar"): ("个月", "month"),
    ("year", "calendar"): ("年", "year"),
    ("minute", "hour"): ("分钟", "minute"),
    ("hour", "hour"): ("小时", "hour"),
    ("hour", "working"): ("个工作小时", "working hour"),
}


@dataclass(frozen=True, slots=True)
class DayNote:
    """One day: whether it counts, the how-manieth it is (None if it does not), and why."""

    date: date
    counted: bool
    reason_code: str
    text_zh: str
    text_en: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring days that are alike, for a shorter table."""

    first: date
    last: date
    counted: bool
    text_zh: str
    text_en: str
    first_number: int | None
    last_number: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer (`due`), one sentence in each language, and the days behind it. Hours have no days.

    `stale`: the stored date was worked out with another calendar and differs from this one.
    """

    due: Due
    start: datetime
    sentence_zh: str
    sentence_en: str
    days: tuple[DayNote, ...]
    stale: bool = False

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        result: list[Stretch] = []
        for _, group in groupby(self.days, key=lambda d: (d.counted, d.text_zh)):
            days = list(group)
            a, b = days[0], days[-1]
            result.append(Stretch(a.date, b.date, a.counted, a.text_zh, a.text_en, a.number, b.number))
        return tuple(result)

    @property
    def is_long(self) -> bool:
        return len(self.days) > DAY_BY_DAY


def explain(
    period: Period,
    start: datetime,
    *,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Extension] = (),
    calendar: Calendar,
    as_of: datetime | None = None,
    ground_names: Mapping[str, Mapping[str, str]] | None = None,
    stored: datetime | None = None,
) -> Explanation:
    """Explain what `due` answers for the same arguments.

    `ground_names` gives a pause's ground code its language map; `stored` is the date on record, if there is one.
    Raises what `due` raises.
    """
    stopped, extended = list(pauses), list(extensions)
    answer = due(period, start, pauses=stopped, extensions=extended, calendar=calendar, as_of=as_of)
    days: list[DayNote] = []
    if period.unit not in RUNNING_ON:
        names = ground_names or {}
        day_grounds = [
            (span, names.get(p.ground, {"zh-Hans": "暂停", "en": "paused"}))
            for p in stopped
            for span in paused_days([p], as_of)
        ]
        total = (period.quantity or 0) + sum(e.quantity for e in extended)
        first = start.astimezone(CHINA).toordinal()
        walk = _walk_back if period.direction == "before" else _walk
        days = walk(period, first, answer.last_day.toordinal(), total, day_grounds, calendar)
    elif period.day_type == "working":
        first = start.astimezone(CHINA).toordinal()
        kinds = ((day, calendar.kind(day)) for day in range(first, answer.last_day.toordinal() + 1))
        days = [_note(day, kind.working, kind.code, kind.name) for day, kind in kinds]
    zh, en = _sentences(period, start, answer, stopped, extended, days, calendar)
    return Explanation(answer, start, zh, en, tuple(days), stored is not None and stored != answer.at)


def _walk(
    period: Period,
    first: int,
    last: int,
    total: int,
    grounds: list[tuple[tuple[int, int], Mapping[str, str]]],
    calendar: Calendar,
) -> list[DayNote]:
    working = period.unit == "day" and period.day_type == "working"
    needed = total if working else plain_days(period.unit, total, first)
    notes = [_note(first, False, "start")]
    number = 0
    for day in range(first + 1, last + 1):
        kind = calendar.kind(day)
        ground = next((name for (a, b), name in grounds if a <= day <= b), None)
        if number >= needed:  # the end fell on a rest day and moves on
            if ground is not None:
                notes.append(_note(day, False, "rolled_paused"))
            elif day == last:
                notes.append(_note(day, False, "last"))
            else:
                notes.append(_note(day, False, kind.code, kind.name))
        elif ground is not None:
            notes.append(_note(day, False, "paused", ground))
        elif working:
            number += kind.working
            notes.append(_note(day, kind.working, kind.code, kind.name, number))
        else:
            number += 1
            if number == needed and period.rolls and not kind.working:
                name = kind.name or {"zh-Hans": "周末", "en": "a weekend"}
                notes.append(_note(day, True, "rolled", name, number))
            else:
                notes.append(_note(day, True, "calendar_day", None, number))
    return notes


def _walk_back(
    period: Period,
    first: int,
    last: int,
    total: int,
    grounds: list[tuple[tuple[int, int], Mapping[str, str]]],
    calendar: Calendar,
) -> list[DayNote]:
    """Days before an event, nearest first."""
    notes = [_note(first, False, "event")]
    number = 0
    for day in range(first - 1, last - 1, -1):
        kind = calendar.kind(day)
        counted = kind.working or period.day_type != "working"
        number += counted
        code = kind.code if period.day_type == "working" else "calendar_day"
        notes.append(_note(day, counted, code, kind.name, number))
    return notes


def _note(
    day: int, counted: bool, code: str, name: Mapping[str, str] | None = None, number: int | None = None
) -> DayNote:
    zh, en = REASONS[code]
    name = name or {}
    return DayNote(
        date.fromordinal(day), counted, code,
        zh.format(name=name.get("zh-Hans", "")), en.format(name=name.get("en", "")),
        number if counted else None,
    )  # fmt: skip


def amount(quantity: int, unit: str, day_type: str | None) -> tuple[str, str]:
    """“20个工作日” and “20 working days”."""
    zh, en = UNITS[(unit, day_type or "calendar")]
    return f"{quantity}{zh}", f"{quantity} {en}{'' if quantity == 1 else 's'}"


def _sentences(
    period: Period,
    start: datetime,
    answer: Due,
    pauses: list[Pause],
    extensions: list[Extension],
    days: list[DayNote],
    calendar: Calendar,
) -> tuple[str, str]:
    zh_amount, en_amount = amount(period.quantity or 0, period.unit, period.day_type)
    begin, end = china_date(start), answer.last_day
    more = sum(e.quantity for e in extensions)
    if more:
        zh_more, en_more = amount(more, period.unit, period.day_type)
        zh_amount, en_amount = f"{zh_amount}（延长{zh_more}）", f"{en_amount} (and {en_more} by extension)"
    if period.unit in RUNNING_ON:
        moment = answer.at.astimezone(CHINA)
        zh = f"从{_zh(begin)}{start.astimezone(CHINA):%H:%M}起算{zh_amount}，到{_zh(end)}{moment:%H:%M}为止。"
        en = (
            f"{en_amount} from {start.astimezone(CHINA):%H:%M} on {_en(begin)}, ending at {moment:%H:%M} on {_en(end)}."
        )
        if period.day_type == "working":
            hours = office_hours.said(calendar.hours)
            zh, en = f"{zh}只计工作日的{hours}。", f"{en} Only {hours} on working days count."
    elif period.direction == "before":
        zh = f"在{_zh(begin)}之前{zh_amount}，当日不计，最迟为{_zh(end)}24时。"
        en = f"{en_amount} before {_en(begin)}, that day not counted: no later than 24:00 on {_en(end)}."
    elif period.quantity == 0 and not more:  # the day itself is the limit
        zh = f"最迟为{_zh(end)}24时。"
        en = f"No later than 24:00 on {_en(end)}."
    else:
        zh = f"{_zh(begin)}不计入，从次日起算满{zh_amount}，到{_zh(end)}24时届满。"
        ends = "ends" if period.quantity == 1 and not more else "end"
        en = f"{_en(begin)} is not counted; {en_amount} from the next day {ends} at 24:00 on {_en(end)}."
        if period.ends == "close":
            moment = answer.at.astimezone(CHINA)
            zh = zh.replace("24时届满", f"{moment:%H:%M}下班时届满")
            en = en.replace(f"{ends} at 24:00", f"{ends} at {moment:%H:%M}, when offices close,")
    zh += _left_out(days)[0]
    en += _left_out(days)[1]
    if answer.paused:
        zh += "现在处于暂停之中，这是可能的最早日期，恢复后重新计算。"
        en += " The clock is paused; this is the earliest possible date, worked out again when it resumes."
    if answer.provisional:
        zh += "其中有尚未公布放假安排的日期，只按周末推算，这一日期属暂定。"
        en += " Some days lie in a year whose holidays are not published; only weekends are left out: provisional."
    return zh, en


def _left_out(days: list[DayNote]) -> tuple[str, str]:
    counts = {
        code: sum(1 for d in days if not d.counted and d.reason_code == code)
        for code in ("weekend", "holiday", "paused")
    }
    if not any(counts.values()):
        return "", ""
    zh = [f"{word}{n}天" for code, word in _LEFT_ZH if (n := counts[code])]
    en = [f"{n} {word}{'' if n == 1 else 's'}" for code, word in _LEFT_EN if (n := counts[code])]
    return f"其间不计入的有：{'、'.join(zh)}。", f" Left out: {', '.join(en)}."


_LEFT_ZH = (("weekend", "周末"), ("holiday", "节假日"), ("paused", "暂停"))
_LEFT_EN = (("weekend", "weekend day"), ("holiday", "holiday"), ("paused", "paused day"))


def _zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _en(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
