from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "tongqu.kernel.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.acts import ports
        from tongqu.kernel.notices import demo_gateway, events, held, texts  # noqa: F401  (declares the kinds of event)
        from tongqu.kernel.notices.contacts import IdentityContacts
        from tongqu.kernel.notices.ports import ContactBook, SmsGateway
        from tongqu.kernel.ui import navigation

        texts.register_templates(Path(__file__).parent / "data" / "templates.yaml")
        ports.register(ContactBook, IdentityContacts())  # type: ignore[type-abstract]
        gateway = demo_gateway.VisibleOutbox() if settings.TQ_DEMO else demo_gateway.NoGateway()
        ports.register(SmsGateway, gateway)  # type: ignore[type-abstract]
        held.register()
        navigation.add("public", key="notices", label=_("消息"), url="my_notices", icon="bell", order=60)
        navigation.add("footer", key="announcements", label=_("送达公告"), url="announcements", order=45)
        if settings.TQ_DEMO:
            navigation.add("footer", key="demo-outbox", label=_("演示短信"), url="demo_outbox", order=90)
