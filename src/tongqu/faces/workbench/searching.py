"""What the search page shows: cases with the words that fit marked, and items as a way into the list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tongqu.faces.workbench import listing
from tongqu.foundation import han
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.cases.finding import LONGEST, Found, as_number, find_cases
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.ui import forms

SHOWN = 50
WHY = {
    "number": lambda: _("编号相符"), "tail": lambda: _("编号末尾相符"), "words": lambda: "",
}  # fmt: skip


def context(actor: Actor, text: str) -> dict[str, Any]:
    """Seven queries at most; the readings are logged in one of them."""
    asked = han.normalise(text[: LONGEST * 3]).replace("\n", " ")
    cut = len(asked) > LONGEST
    asked = asked[:LONGEST]
    found = find_cases(actor, asked, size=SHOWN) if asked else []
    _log(actor, found)
    drawn = listing.rows_of((one.row for one in found), actor)
    for row, one in zip(drawn, found, strict=True):
        number = as_number(asked)
        row["applicant_marked"] = marked(row["applicant"], asked)
        row["number_marked"] = marked_end(row["case_no"] or "", number) if one.why != "words" else row["case_no"]
        row["why"] = WHY[one.why]()
        row["ended"] = not one.row.is_open
    return {
        "q": asked,
        "cut": cut,
        "longest": LONGEST,
        "rows": drawn,
        "full": len(found) == SHOWN,
        "items": _items(asked),
        "legend": listing.legend(),
    }


def _log(actor: Actor, found: Iterable[Found]) -> None:
    ReadLog.objects.bulk_create(
        ReadLog(
            tenant_id=actor.tenant_id, actor=actor.as_json(), account_id=actor.account_id, subject_kind="case",
            subject_id=one.row.case_id, party_id=one.row.case.applicant_id, purpose="search",
        )
        for one in found
    )  # fmt: skip


def _items(text: str) -> list[dict[str, str]]:
    """Items whose name, pinyin or initials answer the text: thousands of cases are better filtered than listed."""
    asked = han.fold(text)
    if len(asked) < 2:
        return []
    found = []
    for row in packages.published():
        title = forms.text(packages.version(row.id).title)
        folded = han.fold(title)
        spoken = {"".join(han.pinyin(title)), *han.initials_variants(title)}
        if asked in folded or any(one.startswith(asked) for one in spoken if asked.isascii()):
            found.append({"title": title, "url": f"/desk?item={row.code}"})
    return found[:5]


def marked(text: str, question: str) -> SafeString:
    """The text with what the question says marked; escaped."""
    words = {w for w in re.split(r"\s+", han.normalise(question)) if w}
    words |= {pair for w in words for pair in (w[n : n + 2] for n in range(len(w) - 1)) if not pair.isascii()}
    if not words:
        return escape(text)
    pattern = re.compile("|".join(re.escape(w) for w in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    out, at = [], 0
    for match in pattern.finditer(text):
        out += [escape(text[at : match.start()]), format_html_join("", "<mark>{}</mark>", [(match.group(),)])]
        at = match.end()
    out.append(escape(text[at:]))
    return mark_safe("".join(out))  # noqa: S308  each piece is escaped above


def marked_end(number: str, asked: str) -> SafeString:
    if asked and number.endswith(asked):
        head = number[: len(number) - len(asked)]
        return mark_safe(f"{escape(head)}<mark>{escape(asked)}</mark>")  # noqa: S308  both are escaped
    return escape(number)
