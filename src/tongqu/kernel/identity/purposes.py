"""Why something was read, in words for the person it is about. The log keeps codes; a later room adds its own."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongqu.kernel.acts import kinds
from tongqu.kernel.acts.errors import Text

_WHY: dict[str, Text] = {
    "own account": gettext_lazy("查看账号"),
    "own_case": gettext_lazy("查看本人的办件"),
    "draft": gettext_lazy("填写申请"),
    "document": gettext_lazy("下载文书"),
    "material": gettext_lazy("查看申请材料"),
    "desk": gettext_lazy("办理您的事项"),
    "site_check": gettext_lazy("现场核查"),
    "archive": gettext_lazy("归档"),
    "notices.send": gettext_lazy("向您发送通知"),
    "api": gettext_lazy("通过接口办理您的事项"),
    "apply": gettext_lazy("为申请表预填信息，免去您提交材料"),
    "case": gettext_lazy("办理您的事项"),
    "print": gettext_lazy("打印文书"),
    "counter": gettext_lazy("窗口代为办理"),
    "reveal": gettext_lazy("查看完整号码"),
    "my data": gettext_lazy("查看本人的个人信息"),
    "register": gettext_lazy("查询或者登记姓名、证件和监护人"),
    "search": gettext_lazy("查找办件"),
    "progress": gettext_lazy("凭收件编号和查询码查进度"),
    "export": gettext_lazy("导出工作清单"),
    "service": gettext_lazy("登记文书送达"),
    "service_proof": gettext_lazy("查看送达证明"),
    "hearing": gettext_lazy("组织听证"),
    "consultation": gettext_lazy("征求意见"),
    "disclosure": gettext_lazy("提供政府信息"),
    "template_preview": gettext_lazy("修改文书文本时预览"),
}
_WHAT: dict[str, Text] = {
    "case": gettext_lazy("办件"),
    "party": gettext_lazy("身份信息"),
    "blob": gettext_lazy("文件"),
    "document": gettext_lazy("文书"),
    "licence": gettext_lazy("证照"),
}


def declare(why: Mapping[str, Text] | None = None, what: Mapping[str, Text] | None = None) -> None:
    """Words for purposes ("desk", or "apply" for every "apply:…") and kinds of thing of a later room."""
    _WHY.update(why or {})
    _WHAT.update(what or {})


def why(code: str) -> str:
    """The sentence for a purpose; a code without one is shown as it is, since hiding it would hide the reading."""
    for known in (code, code.partition(":")[0], code.partition(".")[0]):
        if known in _WHY:
            return str(_WHY[known])
    try:  # an act on a case is its own purpose
        return _("办理：%(act)s") % {"act": kinds.kind(f"cases.{code}").sentence}
    except kinds.UnknownKind:
        return code


def has_words(code: str) -> bool:
    return any(one in _WHY for one in (code, code.partition(":")[0], code.partition(".")[0]))


def what(kind: str) -> str:
    from tongqu.kernel.identity.numbers import LABELS

    base, _dot, part = kind.partition(".")
    if part in LABELS:
        return _("完整的%(number)s") % {"number": LABELS[part]}
    return str(_WHAT.get(base, base))
