from django.apps import AppConfig
from django.conf import settings


class ServicesConfig(AppConfig):
    name = "tongqu.domains.services"
    label = "services"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.domains.services import held, menus, subscribers  # noqa: F401
        from tongqu.domains.services.counter import daybook, events  # noqa: F401

        menus.add_all()
        held.register()
        if settings.TQ_DEMO:
            from tongqu.domains.services.counter.ports import BusinessRegister, DemoBusinessRegister
            from tongqu.kernel.acts import ports

            ports.register(BusinessRegister, DemoBusinessRegister())  # type: ignore[type-abstract]
