"""How old the law wants somebody to be: coming of age, and under 14. The numbers are rule rows, never here."""

from __future__ import annotations

from datetime import date, datetime, time

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.law import register

ADULT_RULE = "CP17"
COURT_RULE = "CP24"
GUARDIAN_RULE = "CP34"
PROXY_RULE = "CP165"
UNDER_14_RULE = "D20.under_fourteen"


def birthday(born: date, years: int) -> date:
    """The day on which somebody is full `years` old; who was born on 29 February is so on 1 March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def comes_of_age(born: date, on: date) -> datetime:
    """When a minor comes of age: the beginning of that day, by the rule in force `on`."""
    return datetime.combine(birthday(born, _years(ADULT_RULE, on)), time(), SHANGHAI)


def is_adult(born: date, on: date) -> bool:
    return birthday(born, _years(ADULT_RULE, on)) <= on


def is_under_14(born: date, on: date) -> bool:
    """Whether somebody's data are sensitive for his age (D20)."""
    return on < birthday(born, _years(UNDER_14_RULE, on))


def _years(rule_id: str, on: date) -> int:
    rule = register.rule(rule_id, on)
    if rule.quantity is None or rule.unit != "year":
        raise RuntimeError(f"rule {rule_id} gives no number of years")
    return int(rule.quantity)
