"""The demonstration's stand-ins for outside services, each plainly marked: who one is, and codes by SMS."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.errors import Invalid, Text
from tongqu.kernel.identity.ports import CodeSender, RealNameProvider, Verified

_ASKED = "demo_real_name_return"
_ANSWER = "demo_real_name_answer"


class DemoRealName:
    """Believes whatever is typed on a page marked 演示, once its check digits hold."""

    code = "demo"
    label: Text = gettext_lazy("演示实名认证")

    def begin(self, request: HttpRequest, *, return_to: str) -> str:
        request.session[_ASKED] = return_to
        request.session.pop(_ANSWER, None)
        return reverse("demo_real_name")

    def finish(self, request: HttpRequest) -> Verified:
        answer: Any = request.session.pop(_ANSWER, None)
        if not answer:
            raise Invalid(_("实名认证没有完成，请重新进行"), code="real-name-missing")
        return Verified(answer["name"], answer["id_kind"], answer["id_no"], self.code, answer.get("country", ""))


def asked(request: HttpRequest) -> bool:
    """Whether a check is under way in this session."""
    return _ASKED in request.session


def answered(request: HttpRequest, *, name: str, id_kind: str, id_no: str, country: str = "") -> str:
    """Keep the answer in the (encrypted) session and return where to send the browser."""
    request.session[_ANSWER] = {"name": name, "id_kind": id_kind, "id_no": id_no, "country": country}
    return str(request.session.pop(_ASKED))


class DemoCodes:
    """Shows the message on the next page instead of sending it."""

    def send(self, request: HttpRequest | None, *, phone: str, text: str) -> None:
        if request is not None:
            messages.info(request, _("【演示短信】%(text)s") % {"text": text}, fail_silently=True)


def register() -> None:
    ports.register(RealNameProvider, DemoRealName())  # type: ignore[type-abstract]
    ports.register(CodeSender, DemoCodes())  # type: ignore[type-abstract]
