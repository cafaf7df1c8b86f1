from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "tongqu.kernel.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.ledger import writer  # noqa: F401
