"""A text that comes by itself, without a form's definition: made harmless as the forms make theirs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Invalid, Text
from tongqu.kernel.ui.forms import cleaning


def line(raw: str, *, field: str, most: int, missing: Text = "") -> str:
    """One line of at most `most` characters. Raises Invalid (`field`).

    `missing`: what is said of an empty one that is owed; "" where it may be empty.
    """
    try:
        text = cleaning.one_line(raw)
    except cleaning.Unreadable:
        raise Invalid(_("有不能使用的字符，请检查后重新填写"), field=field) from None
    if missing and not text:
        raise Invalid(missing, field=field)
    if len(text) > most:
        raise Invalid(_("不能超过%(most)s个字") % {"most": most}, field=field)
    return text
