from django.apps import AppConfig
from django.conf import settings


class IdentityConfig(AppConfig):
    name = "tongqu.kernel.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.mfa import signals

        from tongqu.kernel.acts import ports
        from tongqu.kernel.acts.operation import Sealer
        from tongqu.kernel.directory.ports import RolesElsewhere
        from tongqu.kernel.identity import (  # noqa: F401  (declares the kinds of event)
            events,
            held,
            menus,
            signins,
            vault,
            work,
        )
        from tongqu.kernel.identity.operations.roles import GrantedRoles

        ports.register(RolesElsewhere, GrantedRoles())  # type: ignore[type-abstract]
        ports.register(Sealer, vault.PartyKeys())  # type: ignore[type-abstract]
        signals.authenticator_added.connect(signins.second_factor_added, dispatch_uid="identity.second_factor_added")
        signals.authenticator_removed.connect(
            signins.second_factor_removed, dispatch_uid="identity.second_factor_removed"
        )
        menus.fill()
        held.register()
        if settings.TQ_DEMO:
            from tongqu.kernel.identity import demo_providers

            demo_providers.register()
        self._confirm_elsewhere()

    @staticmethod
    def _confirm_elsewhere() -> None:
        """A provider's login that may confirm real names takes the place of the demonstration's."""
        from tongqu.kernel.acts import ports
        from tongqu.kernel.identity.outside.settings import CONFIRM, providers
        from tongqu.kernel.identity.pages.outside import OutsideRealName
        from tongqu.kernel.identity.ports import RealNameProvider

        for one in providers(CONFIRM)[:1]:
            ports.register(RealNameProvider, OutsideRealName(one))  # type: ignore[type-abstract]
