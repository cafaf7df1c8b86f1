from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "tongqu.faces.workbench"
    label = "workbench"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from tongqu.kernel.ui import navigation

        navigation.add("staff", key="list", label=_("工作清单"), url="workbench:list", icon="list", order=10)
        navigation.add("staff", key="checks", label=_("现场核查"), url="workbench:checks", icon="pin", order=20)
