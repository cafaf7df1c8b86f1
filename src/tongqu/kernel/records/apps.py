from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "tongqu.kernel.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.acts import ports
        from tongqu.kernel.records import events, held  # noqa: F401
        from tongqu.kernel.records.ports import TestSignatureScanner, VirusScanner

        ports.register(VirusScanner, TestSignatureScanner())  # type: ignore[type-abstract]
        held.register()
