from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "tongqu.kernel.ui"
    label = "ui"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from tongqu.kernel.ui import navigation

        navigation.add("footer", key="accessibility", label=_("无障碍说明"), url="ui:accessibility", order=80)
