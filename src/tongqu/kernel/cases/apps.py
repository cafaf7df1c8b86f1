from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tongqu.kernel.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.cases import events, misses, subscribers  # noqa: F401
