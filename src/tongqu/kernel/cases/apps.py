from django.apps import AppConfig
from django.conf import settings


class CasesConfig(AppConfig):
    name = "tongqu.kernel.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.acts import ports
        from tongqu.kernel.cases import (  # noqa: F401
            card_messages,
            clock_moves,
            documents,
            events,
            held,
            indexing,
            misses,
            reminding,
            requests,
            subscribers,
        )
        from tongqu.kernel.cases.procedure import ShippedProcedures
        from tongqu.kernel.identity.ports import RequestDesk
        from tongqu.kernel.packages.ports import Procedures

        ports.register(Procedures, ShippedProcedures())  # type: ignore[type-abstract]
        documents.register()
        held.register()
        card_messages.register_words()
        ports.register(RequestDesk, requests.Desk())  # type: ignore[type-abstract]
        if settings.TQ_DEMO:
            from tongqu.kernel.cases.demo_upper import DemoUpperPlatform
            from tongqu.kernel.cases.ports import UpperNumber

            ports.register(UpperNumber, DemoUpperPlatform())  # type: ignore[type-abstract]
