from django.apps import AppConfig


class LawConfig(AppConfig):
    name = "tongqu.kernel.law"
    label = "law"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from tongqu.kernel.law import calendars, events, misses  # noqa: F401
        from tongqu.kernel.ui import navigation

        navigation.add(
            "staff", key="calendar", label=_("节假日安排"), url="law:load_calendar", icon="calendar", order=82,
            shown=lambda request: request.actor.may(calendars.VERB),  # type: ignore[attr-defined]
        )  # fmt: skip
        navigation.add(
            "staff", key="overlays", label=_("另行设定"), url="law:overlays", icon="pin", order=83,
            shown=lambda request: request.actor.may(calendars.VERB),  # type: ignore[attr-defined]
        )  # fmt: skip
        navigation.add("footer", key="law", label=_("办事规则"), url="law:rules", order=40)
