"""Every component as a template tag: `{% load ui %}`. The gallery at /ui/gallery shows each one in use.

Lists of things are plain dicts (or objects with the same names); their keys are in each tag's docstring.
Block tags: `{% notice "info" %}…{% endnotice %}`, `{% empty_state _("…") %}…{% endempty_state %}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.clock import now
from tongqu.kernel.ui import due as dues
from tongqu.kernel.ui import forms, kept, languages, stepping

register = template.Library()

NOTICE_ICONS = {"info": "info", "success": "success", "warning": "warning", "danger": "danger"}


# --- marks ---------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A line icon from the sprite; hidden from screen readers unless it carries a label."""
    href = f"{static('ui/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"/></svg>', href)


@register.simple_tag
def wordmark() -> SafeString:
    """The drawn 通衢. Decoration: the link around it carries the name."""
    return format_html('<img class="wordmark" src="{}" alt="" width="72" height="32">', static("ui/wordmark.svg"))


@register.simple_tag
def stamp(label: str = "") -> SafeString:
    """The vermilion seal, on receipts and verified papers only."""
    return format_html('<img class="stamp" src="{}" alt="{}" width="64" height="64">', static("ui/seal.svg"), label)


@register.simple_tag
def decision_table(shown: Any) -> SafeString:
    """A decision table: `title`, and `html` as `foundation.dmn.html` draws it. One that is too wide scrolls alone."""
    frame = '<div class="decision-frame" role="group" aria-label="{}" tabindex="0">{}</div>'
    return format_html(frame, shown.title, SafeString(shown.html))


@register.filter
def words(text: Mapping[str, str] | str | None) -> str:
    """A language map ({zh-Hans, en, …}) in the reader's language."""
    return text if isinstance(text, str) else forms.text(text)


@register.filter
def in_script(text: str) -> str:
    """An official text that has one version, such as a counter's hours, in the reader's script. Not for names people
    entered of themselves."""
    return languages.ours(text)


@register.filter
def day(value: date | datetime | None) -> str:
    """A date in the reader's language: 2026年11月20日 / 20 November 2026."""
    if value is None:
        return ""
    value = localtime(value) if isinstance(value, datetime) and is_aware(value) else value
    return date_format(value, "j F Y" if _english() else "Y年n月j日")


@register.filter
def moment(value: datetime | None) -> str:
    """A date with the time of day, Asia/Shanghai."""
    if value is None:
        return ""
    value = localtime(value) if is_aware(value) else value
    return date_format(value, "j F Y, H:i" if _english() else "Y年n月j日 H:i")


def _english() -> bool:
    return languages.english()


# --- frame -----------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def flashes(context: Mapping[str, Any]) -> SafeString:
    """The messages waiting for this visitor (django.contrib.messages)."""
    return render_to_string("ui/c/flashes.html", {"messages": context.get("messages")})


@register.inclusion_tag("ui/c/crumbs.html")
def crumbs(*pairs: Any) -> dict[str, Any]:
    """Breadcrumbs: `{% crumbs _("首页") "/" _("办事") "/services" item.name %}`; the last has no address."""
    trail = [{"label": pairs[i], "url": pairs[i + 1]} for i in range(0, len(pairs) - 1, 2)]
    return {"trail": trail, "here": pairs[-1] if len(pairs) % 2 else None}


@register.inclusion_tag("ui/c/tabs.html")
def tabs(items: Iterable[Any], current: str = "", label: str = "") -> dict[str, Any]:
    """Tabs as links. items: key, label, url, count?"""
    return {"items": items, "current": current, "label": label or _("分类")}


@register.inclusion_tag("ui/c/pager.html", takes_context=True)
def pager(context: Mapping[str, Any], page: Any, param: str = "after") -> dict[str, Any]:
    """Next and first page for an `acts.paging.Page`; keeps the other query parameters."""
    request = context["request"]
    query = request.GET.copy()
    started = bool(query.pop(param, None))
    first = query.urlencode()
    if page.next:
        query[param] = page.next
    return {"first": f"?{first}", "started": started, "next": f"?{query.urlencode()}" if page.next else ""}


@register.inclusion_tag("ui/c/print_head.html", takes_context=True)
def print_header(context: Mapping[str, Any], title: str, number: str = "") -> dict[str, Any]:
    """Shown on paper only: whose page this is, its title and number, when printed."""
    return {"node": context.get("node"), "title": title, "number": number, "printed_at": now()}


# --- controls --------------------------------------------------------------------------------------------------------


@register.inclusion_tag("ui/c/button.html")
def button(
    label: str, kind: str = "primary", *, name: str = "", value: str = "", icon: str = "", formaction: str = "",
    describes: str = "",
) -> dict[str, Any]:  # fmt: skip
    """A submit button. kind: primary, secondary, danger, plain. `describes` is read after the label, unseen."""
    return {
        "label": label, "kind": kind, "name": name, "value": value, "icon": icon, "formaction": formaction,
        "describes": describes,
    }  # fmt: skip


@register.inclusion_tag("ui/c/link_button.html")
def link_button(label: str, href: str, kind: str = "primary", *, icon: str = "", describes: str = "") -> dict[str, Any]:
    """A link that looks like a button: it leads somewhere and changes nothing."""
    return {"label": label, "href": href, "kind": kind, "icon": icon, "describes": describes}


@register.simple_tag
def idempotency_key() -> SafeString:
    """The hidden input that makes a second press of the same button harmless. Read it with `pages.idempotency_key`."""
    return format_html('<input type="hidden" name="{}" value="{}">', kept.KEY, uuid7())


@register.simple_tag(takes_context=True)
def keep_owner(context: Mapping[str, Any]) -> SafeString:
    """The hidden input by which an input kept over a lost session is given back to nobody else."""
    return format_html('<input type="hidden" name="{}" value="{}">', kept.OWNER, kept.owner_tag(context.get("request")))


# --- forms -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("ui/c/errors.html")
def error_summary(errors: Mapping[str, Any] | None, title: str = "") -> dict[str, Any]:
    """The errors of a page, each a link to its field. errors: field name → text or list of texts ("" = whole form)."""
    rows = []
    for name, texts in (errors or {}).items():
        for text in [texts] if isinstance(texts, str) or not isinstance(texts, Sequence) else texts:
            rows.append({"href": forms.field_id(name) if name and name != "__all__" else "", "text": text})
    return {"rows": rows, "title": title or _("请先改正下列内容")}


@register.inclusion_tag("ui/c/field.html")
def field(drawn: forms.Field, heading: bool = False) -> dict[str, Any]:
    """One field of `forms.build`. `heading` makes its label the page's h1: for a page that asks one question."""
    return {"field": drawn, "heading": heading}


@register.inclusion_tag("ui/c/field.html")
def form_field(name: str, label: str, widget: str = "text", **more: Any) -> dict[str, Any]:
    """A field outside any definition: `{% form_field "q" _("关键词") value=q help=_("…") error=errors.q %}`.

    widget: text, textarea, number, date, radio, checkboxes, select, phone, email, password, search, file.
    more: value, help, error, optional, options ([{value, label, hint?}]), unit, autocomplete, width
    (short, middle), accept, multiple, capture, max_bytes.
    """
    return {"field": forms.single(name, label, widget, **more)}


@register.inclusion_tag("ui/c/field.html")
def bound_field(bound: BoundField) -> dict[str, Any]:
    """A field of a Django form, drawn like all others."""
    return {"field": forms.from_bound(bound)}


@register.inclusion_tag("ui/c/django_form.html")
def django_form(form: Any) -> dict[str, Any]:
    """All visible and hidden fields of a Django form with its error summary (for the login library's forms)."""
    errors = {bound.name: list(bound.errors) for bound in form if bound.errors}
    if form.non_field_errors():
        errors = {"__all__": list(form.non_field_errors()), **errors}
    return {"form": form, "errors": errors}


@register.inclusion_tag("ui/c/rating.html")
def rating(name: str = "rating", value: Any = None, legend: str = "", error: str = "") -> dict[str, Any]:
    """The five levels of 好差评, best first, as radio buttons; posts 5 … 1."""
    levels = [(5, _("非常满意")), (4, _("满意")), (3, _("基本满意")), (2, _("不满意")), (1, _("非常不满意"))]
    rows = [{"value": n, "label": label, "icon": f"face-{n}", "checked": str(value) == str(n)} for n, label in levels]
    return {
        "name": name,
        "id": forms.field_id(name),
        "levels": rows,
        "legend": legend or _("您对这次办事满意吗？"),
        "error": error,
    }


# --- showing ---------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: str = "", live: bool = False) -> SafeString:
    """A framed notice: info, success, warning, danger. `live` announces it to screen readers."""
    shape = NOTICE_ICONS.get(tone, "info")
    return render_to_string(
        "ui/c/notice.html", {"content": content, "tone": tone, "icon": shape, "title": title, "live": live}
    )


@register.simple_block_tag
def empty_state(content: str, title: str, icon: str = "inbox") -> SafeString:
    """Nothing here: say so, and inside say what to do."""
    return render_to_string("ui/c/empty.html", {"content": content, "title": title, "icon": icon})


@register.inclusion_tag("ui/c/facts.html")
def facts(rows: Iterable[Any]) -> dict[str, Any]:
    """A summary list. rows: label, value, provenance?, action_url?, action_label?, note?"""
    return {"rows": rows}


@register.inclusion_tag("ui/c/step_progress.html")
def step_progress(labels: Sequence[Any], current: int) -> dict[str, Any]:
    """Where in a form of several pages one is. `current` counts from 1."""
    rows = [
        {"label": label, "state": "is-done" if n < current else "is-now" if n == current else ""}
        for n, label in enumerate(labels, 1)
    ]
    return {"rows": rows, "current": current, "total": len(labels), "here": labels[current - 1] if labels else ""}


@register.inclusion_tag("ui/c/path.html")
def path_diagram(steps: Iterable[Any], label: str = "") -> dict[str, Any]:
    """The steps of a procedure as a path. steps: title, text?, time?, state (done, now, ahead; none in a guide)."""
    return {"steps": stepping.path(steps), "label": label or _("办理流程")}


@register.inclusion_tag("ui/c/timeline.html")
def timeline(entries: Iterable[Any], label: str = "") -> dict[str, Any]:
    """A history. entries: at, title, text?, by?, rule?, rule_url?, tone? (current, danger)"""
    return {"entries": entries, "label": label or _("办理经过")}


@register.inclusion_tag("ui/c/tag.html")
def status_tag(text: str, tone: str = "", icon: str = "") -> dict[str, Any]:
    """tone: civic, success, warning, danger, solid-danger, none."""
    return {"text": text, "tone": tone, "icon": icon}


@register.inclusion_tag("ui/c/due.html")
def due_badge(
    due_at: datetime | None, *, state: str = "running", left: int | None = None, provisional: bool = False
) -> dict[str, Any]:
    """How much time is left: shape, words and colour. See `ui.due.due`."""
    return {"due": dues.due(due_at, now(), state=state, left=left, provisional=provisional)}


def render_tag(text: str, tone: str = "", icon: str = "") -> SafeString:
    """`status_tag` as a value, for a cell of a table."""
    return render_to_string("ui/c/tag.html", status_tag(text, tone, icon))


def render_due(due_at: datetime | None, **more: Any) -> SafeString:
    """`due_badge` as a value, for a cell of a table."""
    return render_to_string("ui/c/due.html", due_badge(due_at, **more))


@register.inclusion_tag("ui/c/table.html")
def data_table(columns: Sequence[Any], rows: Iterable[Any], caption: str = "") -> dict[str, Any]:
    """A table that turns into cards on a phone. columns: label, kind? ("num"). rows: cells (one for each column;
    SafeString stays), url? (on the first cell), level? (over, today, soon: an edge beside the words that say so)."""
    edges = {"over": "is-late", "today": "is-late", "soon": "is-soon"}
    drawn = []
    for row in rows:
        pairs = zip(columns, stepping.of(row, "cells"), strict=True)
        cells = [{"column": column, "value": value, "head": n == 0} for n, (column, value) in enumerate(pairs)]
        level = stepping.of(row, "level") or ""
        drawn.append({"cells": cells, "url": stepping.of(row, "url"), "edge": edges.get(level, "")})
    return {"columns": columns, "rows": drawn, "caption": caption}


@register.inclusion_tag("ui/c/cards.html")
def card_list(cards: Iterable[Any], two: bool = False) -> dict[str, Any]:
    """Cards that are one link each. cards: title, url, text?, icon?, tag?, tone?, foot? (list of words), act? (what the
    link does, drawn like a button)."""
    return {"cards": cards, "two": two}


@register.inclusion_tag("ui/c/provenance.html")
def provenance(source: Any) -> dict[str, Any]:
    """Where a value came from. source: label ("法人登记信息"), as_of? (date)."""
    return {"source": source}


@register.inclusion_tag("ui/c/masked.html")
def masked(value: str, reveal_url: str = "", what: str = "") -> dict[str, Any]:
    """A masked identifier; `reveal_url` leads to the page that shows it and writes down who looked and why."""
    return {"value": value, "spoken": stepping.spoken_mask(value), "reveal_url": reveal_url, "what": what}


def render_masked(value: str, reveal_url: str = "", what: str = "") -> SafeString:
    """`masked` as a value, for a row of facts."""
    return render_to_string("ui/c/masked.html", masked(value, reveal_url, what))


@register.inclusion_tag("ui/c/files.html")
def file_list(files: Iterable[Any], label: str = "") -> dict[str, Any]:
    """Uploaded files. files: name, url?, size? (bytes), at?, state?, tone?, note?, remove_url?"""
    return {"files": files, "label": label or _("已上传的文件")}


@register.inclusion_tag("ui/c/why_date.html")
def why_date(explanation: Any, title: str = "", *, rule: str = "", rule_url: str = "") -> dict[str, Any]:
    """ "Why this date", folded. explanation: law's `Explanation`, or summary, due_at?, provisional?,
    days? ([{date, counted, text}]). rule, rule_url: the instrument and article, and its page."""
    of = stepping.of
    return {
        "summary": stepping.said(explanation, "summary") or stepping.said(explanation, "sentence"),
        "days": stepping.numbered_days(explanation),
        "provisional": of(explanation, "provisional") or of(of(explanation, "due"), "provisional"),
        "rule": rule or of(explanation, "rule"),
        "rule_url": rule_url or of(explanation, "rule_url"),
        "title": title or _("这个日期是怎么算出来的"),
    }
