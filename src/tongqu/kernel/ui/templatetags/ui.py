"""Every component as a template tag: `{% load ui %}`. The gallery at /ui/gallery shows each with its markup."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A line icon from the sprite; hidden from screen readers unless it carries a label."""
    sprite = static("ui/icons.svg")
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, sprite, name
        )
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', sprite, name)


@register.simple_tag
def wordmark() -> SafeString:
    """The drawn 通衢. Decoration: the link around it carries the name."""
    return format_html('<img class="wordmark" src="{}" alt="" width="76" height="36">', static("ui/wordmark.svg"))


@register.simple_tag(takes_context=True)
def flashes(context: dict[str, Any]) -> SafeString | str:
    """The messages waiting for this visitor."""
    return render_to_string("ui/c/flashes.html", {"messages": context.get("messages")})


@register.inclusion_tag("ui/c/crumbs.html")
def crumbs(*pairs: Any) -> dict[str, Any]:
    """Breadcrumbs: `{% crumbs _("首页") "/" _("办事") "/services" item.name %}`; the last has no address."""
    trail = [{"label": pairs[i], "url": pairs[i + 1]} for i in range(0, len(pairs) - 1, 2)]
    return {"trail": trail, "here": pairs[-1] if len(pairs) % 2 else None}
