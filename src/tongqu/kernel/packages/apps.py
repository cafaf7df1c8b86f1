from django.apps import AppConfig


class PackagesConfig(AppConfig):
    name = "tongqu.kernel.packages"
    label = "packages"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.acts import ports
        from tongqu.kernel.identity.ports import ItemsOffered
        from tongqu.kernel.packages import events  # noqa: F401
        from tongqu.kernel.packages.offered import PublishedItems

        ports.register(ItemsOffered, PublishedItems())  # type: ignore[type-abstract]
