"""`{% load identity %}`: what several of our pages show."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from tongqu.kernel.identity.outside.settings import SIGN_IN, Provider, providers
from tongqu.kernel.ui.templatetags.ui import step_progress

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """For a data attribute, which the template escapes."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.inclusion_tag("ui/c/step_progress.html")
def signup_steps(current: int) -> dict[str, Any]:
    """Where in registering one is: 1 form, 2 phone, 3 real name."""
    shown: dict[str, Any] = step_progress([_("填写信息"), _("验证手机"), _("实名认证")], current)
    return shown


@register.simple_tag
def outside_logins() -> list[Provider]:
    """Logins elsewhere that may sign in here; none on the staff's side."""
    return [] if settings.TQ_FACE == "staff" else providers(SIGN_IN)
