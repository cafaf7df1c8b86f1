"""One family of errors: each has a code, a sentence for people, what to do about it, and where it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise  # a translated sentence, resolved only when shown


@dataclass(frozen=True, slots=True)
class OnRecord:
    """An event to write although the operation itself was rolled back, for example a refused unlawful act."""

    kind: str
    subject_kind: str
    subject_id: UUID
    body: Mapping[str, Any] = field(default_factory=dict)
    rule: str | None = None


class TongquError(Exception):
    """Base of all expected errors. `field` names the form field it belongs to; `fields` gives several at once."""

    code = "error"
    status = 400
    message: Text = _("无法完成这一操作")
    remedy: Text = ""

    def __init__(
        self,
        message: Text | None = None,
        *,
        code: str | None = None,
        remedy: Text | None = None,
        field: str | None = None,
        fields: Mapping[str, Text] | None = None,
        rule: str | None = None,
        on_record: OnRecord | None = None,
    ) -> None:
        self.message = message if message is not None else self.message
        self.code = code or self.code
        self.remedy = remedy if remedy is not None else self.remedy
        self.fields: dict[str, Text] = dict(fields or {})
        if field:
            self.fields.setdefault(field, self.message)
        self.rule = rule
        self.on_record = on_record
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(TongquError):
    """The input is wrong; `fields` says where."""

    code, status, message = "invalid", 422, _("填写的内容有误")


class NotPermitted(TongquError):
    """The actor may not do this here."""

    code, status, message = "not-permitted", 403, _("您没有权限进行这一操作")


class LoginNeeded(TongquError):
    """Nobody is signed in."""

    code, status, message = "login-needed", 401, _("请先登录")


class StrongerLoginNeeded(TongquError):
    """The act asks for a stronger login than the one in use."""

    code, status, message = "stronger-login-needed", 403, _("这一操作需要更高等级的身份验证")


class NotFound(TongquError):
    """It does not exist, or the actor may not know that it does. The two look the same."""

    code, status, message = "not-found", 404, _("找不到这一内容")


class Conflict(TongquError):
    """Someone else changed it first, or its state no longer allows the act."""

    code, status, message = "conflict", 409, _("内容已被他人更改")
    remedy = _("请刷新页面，查看最新状态后再操作")


class KeyReused(TongquError):
    """The same idempotency key came with another body."""

    code, status, message = "idempotency-key-reused", 409, _("同一提交编号已用于不同的内容")
    remedy = _("请返回重新打开页面后再提交")


class Refused(TongquError):
    """The law or the procedure does not allow the act; `rule` names the ground."""

    code, status, message = "refused", 409, _("按规定不能进行这一操作")


class Unavailable(TongquError):
    """Something we depend on does not answer."""

    code, status, message = "unavailable", 503, _("服务暂时不可用")
    remedy = _("请稍后再试")


class TooOften(TongquError):
    """More tries than one account, address or number is given in a while."""

    code, status, message = "too-often", 429, _("操作过于频繁，请稍后再试")
