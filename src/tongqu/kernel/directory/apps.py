from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "tongqu.kernel.directory"
    label = "directory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.directory import events  # noqa: F401  # declares the event kinds
