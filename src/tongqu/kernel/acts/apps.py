from django.apps import AppConfig


class ActsConfig(AppConfig):
    name = "tongqu.kernel.acts"
    label = "acts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.acts import clock, events  # noqa: F401  (declares the kinds of event)
        from tongqu.kernel.jobs import moments

        moments.use_clock(clock.now)
