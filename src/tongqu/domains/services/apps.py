from django.apps import AppConfig


class ServicesConfig(AppConfig):
    name = "tongqu.domains.services"
    label = "services"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.domains.services import menus, subscribers  # noqa: F401

        menus.add_all()
