from django.apps import AppConfig


class PackagesConfig(AppConfig):
    name = "tongqu.kernel.packages"
    label = "packages"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.packages import events  # noqa: F401
