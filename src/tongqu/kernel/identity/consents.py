"""What a person may consent to here, in words: each kind has a name and what follows when it is withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Text
from tongqu.kernel.law import register


@dataclass(frozen=True, slots=True)
class Kind:
    title: Text
    after: Text  # what withdrawing it means
    rule: str = "D19"


KINDS: Mapping[str, Kind] = {
    "electronic_delivery": Kind(_("电子送达"), _("撤回以后的文书改为窗口领取或者邮寄；已经送达的仍然有效。")),
    "sensitive_data": Kind(
        _("处理敏感个人信息"), _("撤回以后不再使用这些信息；依法必须使用的事项可能无法继续办理。"), "D20"
    ),
    "child_data": Kind(
        _("监护人同意处理未成年人的个人信息"), _("撤回以后不再使用这些信息；正在办理的事项可能无法继续。"), "D20.child"
    ),
}


def is_child(born: date, on: date) -> bool:
    """Whether the guardian must consent: below the age that D20.child gives. 29 February counts as 1 March."""
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return age < (register.rule("D20.child").quantity or 0)
