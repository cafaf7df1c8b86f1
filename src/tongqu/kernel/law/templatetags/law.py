"""`{% load law %}`: a rule as people cite it."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tongqu.kernel.law import register as rules
from tongqu.kernel.law import words

register = template.Library()


@register.simple_tag
def rule_ref(rule_id: str | None) -> SafeString:
    """A link to the rule with its instrument and article; its number alone where the register lacks it; "" for none."""
    if not rule_id:
        return SafeString("")
    rule = rules.latest(rule_id)
    said = words.source(rule) if rule else rule_id
    return format_html('<a class="rule-ref" href="{}">{}</a>', reverse("law:rule", args=[rule_id]), said)
