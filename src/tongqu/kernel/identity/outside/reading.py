"""From a provider's verified claims to what they are worth here: a strength of login, and who it is.

A strength above the password rests on who somebody is, so it counts only together with a name and a paper's number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from tongqu.foundation import names
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Invalid, Unavailable
from tongqu.kernel.identity import numbers
from tongqu.kernel.identity.operations import records
from tongqu.kernel.identity.outside import protocol
from tongqu.kernel.identity.outside.settings import Provider
from tongqu.kernel.identity.ports import Verified

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """One sign-in elsewhere. `subject` is the provider's name for the account; `person` is whom it established."""

    provider: str
    subject: str = field(repr=False)
    strength: int
    person: Verified | None
    id_token: str = field(default="", repr=False)


def seen(provider: Provider, told: protocol.Told) -> Seen:
    """What a sign-in is worth here. Raises Invalid for an assurance that is not agreed on, or claims that cannot be."""
    acr = told.claims.get("acr")
    strength = provider.assurance.get(acr, provider.unknown) if isinstance(acr, str) else provider.unknown
    if strength is None:
        raise _refused(provider, "assurance", _("%(provider)s没有说明核验身份的强度，不能用来登录本站"))
    person = _person(provider, told.claims) if strength > PASSWORD else None
    return Seen(provider.code, str(told.claims["sub"]), strength, person, told.id_token)


def _person(provider: Provider, claims: Mapping[str, Any]) -> Verified:
    def said(fact: str) -> str:
        value = claims.get(provider.claims.get(fact, ""), "")
        return value if isinstance(value, str) and len(value) <= 400 else ""

    kind = provider.id_kinds.get(said("id_kind"), "" if said("id_kind") else provider.id_kind)
    try:
        name, place = records.clean_name(said("name")), numbers.country_of(kind, said("country"), field="country")
        number = numbers.clean(kind, said("id_no"), field="id_no")
    except (Invalid, names.BadName, KeyError):
        text = _("%(provider)s给出的姓名或证件号码不完整，不能确认您是谁")
        raise _refused(provider, "claims", text) from None
    return Verified(name, kind, number, provider.code, place)


def _refused(provider: Provider, why: str, text: str) -> Invalid:
    log.warning("a sign-in with %s is not taken: %s", provider.code, why)
    return Invalid(text % {"provider": provider.label}, code=f"outside-{why}", remedy=_("请改用其他登录方式"))


def in_words(provider: Provider, work: Callable[[], T]) -> T:
    """Do a step of the protocol; what goes wrong becomes a sentence for whoever is at the screen, and a line in the log
    without anything personal. Raises Invalid, Unavailable."""
    label = {"provider": provider.label}
    try:
        return work()
    except protocol.Away as error:
        log.warning("%s does not answer: %s", provider.code, error)
        raise Unavailable(
            _("%(provider)s暂时没有响应") % label, remedy=_("请稍后再试，或者改用其他登录方式")
        ) from None  # fmt: skip
    except protocol.Declined as error:
        log.info("%s declined: %s", provider.code, error.code)
        text = _("您没有在%(provider)s完成登录") if error.code == "declined" else _("%(provider)s没有让您登录")
        raise Invalid(
            text % label, code=f"outside-{error.code}", remedy=_("可以再试一次，或者改用其他登录方式")
        ) from None
    except protocol.Fault as error:
        log.warning("what came back from %s is not believed: %s", provider.code, error.code)
        late = error.code in {"late", "state", "code-refused"}
        text = _("这次登录已经过期或者用过了") if late else _("没有通过对%(provider)s登录结果的核验") % label
        raise Invalid(text, code=f"outside-{error.code}", remedy=_("请重新登录一次")) from None
