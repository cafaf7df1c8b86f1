from functools import cache

from django.apps import AppConfig
from django.http import HttpRequest


class UiConfig(AppConfig):
    name = "tongqu.kernel.ui"
    label = "ui"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from tongqu.kernel.ui import navigation

        navigation.add("footer", key="rules", label=_("法规规则"), url=RULES, order=60, shown=_rules_are_served)
        navigation.add("footer", key="accessibility", label=_("无障碍说明"), url="ui:accessibility", order=80)


RULES = "/law/rules"


def _rules_are_served(request: HttpRequest) -> bool:
    return _resolves(RULES)


@cache
def _resolves(path: str) -> bool:
    """Whether a page answers here: a later room's, known by its address only."""
    from django.urls import Resolver404, resolve

    try:
        resolve(path)
    except Resolver404:
        return False
    return True
