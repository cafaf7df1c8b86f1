from django.apps import AppConfig


class LawConfig(AppConfig):
    name = "tongqu.kernel.law"
    label = "law"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.law import events, misses  # noqa: F401
