"""`{% load law %}`: a rule as people cite it."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tongqu.kernel.law import register as rules
from tongqu.kernel.law import words
from tongqu.kernel.law.pages.why import url_of
from tongqu.kernel.law.rules import Rule

register = template.Library()


@register.simple_tag
def rule_ref(cited: str | Rule | None) -> SafeString:
    """A link to the rule with its instrument and article: a rule, its number, or the version of it that an event cites.

    Its number alone where the register lacks it; "" for none. One set otherwise in a region names both documents.
    """
    if not cited:
        return SafeString("")
    rule = cited if isinstance(cited, Rule) else rules.cited(cited)
    if rule is None:
        number = str(cited).partition("@")[0]
        return format_html('<a class="rule-ref" href="{}">{}</a>', reverse("law:rule", args=[number]), number)
    return format_html('<a class="rule-ref" href="{}">{}</a>', url_of(rule), words.cited(rule))


@register.filter
def rule_amount(rule: Rule) -> str:
    """Its number in words: 20个工作日."""
    return words.amount(rule)
