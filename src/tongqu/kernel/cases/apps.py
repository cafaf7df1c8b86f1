from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tongqu.kernel.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.acts import ports
        from tongqu.kernel.cases import documents, events, held, indexing, misses, requests, subscribers  # noqa: F401
        from tongqu.kernel.cases.procedure import ShippedProcedures
        from tongqu.kernel.identity.ports import RequestDesk
        from tongqu.kernel.packages.ports import Procedures

        ports.register(Procedures, ShippedProcedures())  # type: ignore[type-abstract]
        documents.register()
        held.register()
        ports.register(RequestDesk, requests.Desk())  # type: ignore[type-abstract]
