from django.apps import AppConfig
from django.conf import settings


class StandardsConfig(AppConfig):
    name = "tongqu.kernel.standards"
    label = "standards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        if settings.TQ_DEMO:
            from tongqu.kernel.acts import ports
            from tongqu.kernel.standards.facts import FactSource
            from tongqu.kernel.standards.legal_entities import DemoLegalEntityRegister

            ports.register(FactSource, DemoLegalEntityRegister())  # type: ignore[type-abstract]
