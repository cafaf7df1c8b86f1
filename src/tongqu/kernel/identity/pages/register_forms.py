"""The forms of the register of parties: a paper, its successor, its end, a name, a guardian."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongqu.kernel.acts.clock import SHANGHAI, today
from tongqu.kernel.identity import numbers, rules
from tongqu.kernel.identity.pages.forms import offer_papers
from tongqu.kernel.identity.pages.labels import GUARDIAN_PROOFS, day_after


class Search(forms.Form):
    """Posted: a number must not stand in an address."""

    q = forms.CharField(
        label=gettext_lazy("姓名、名称或者证件号码"), max_length=100,
        help_text=gettext_lazy("姓名可以用拼音、首字母、曾用名；证件号码要写全"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )  # fmt: skip


class Paper(forms.Form):
    """A paper that the counter has in its hands."""

    id_kind = forms.ChoiceField(label=gettext_lazy("证件类型"), choices=[])
    id_no = forms.CharField(label=gettext_lazy("证件号码"), max_length=40)
    country = forms.CharField(
        label=gettext_lazy("签发国家或地区"), max_length=20, required=False,
        help_text=gettext_lazy("只有外国护照需要填写：护照上的三位字母代码，例如 USA"),
    )  # fmt: skip
    seen = forms.BooleanField(
        label=gettext_lazy("已核对证件原件，照片与本人一致"),
        error_messages={"required": gettext_lazy("核对原件以后才能登记")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_papers(self)


class Successor(Paper):
    """A new number in place of the running one of the same kind."""

    ground = forms.ChoiceField(label=gettext_lazy("更换原因"), choices=list(numbers.END_GROUNDS.items()))


class Ending(forms.Form):
    """A paper is void and none took its place."""

    ground = forms.ChoiceField(label=gettext_lazy("注销原因"), choices=list(numbers.END_GROUNDS.items()))
    seen = forms.BooleanField(
        label=gettext_lazy("已核对注销证明或者签发机关的信息"),
        error_messages={"required": gettext_lazy("核对以后才能登记")},
    )  # fmt: skip


class OtherName(forms.Form):
    """A former name or an alias."""

    kind = forms.ChoiceField(
        label=gettext_lazy("是什么名称"), widget=forms.RadioSelect,
        choices=[(rules.FORMER, gettext_lazy("曾用名")), (rules.ALIAS, gettext_lazy("别名"))],
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("名称"), max_length=200)
    since = forms.DateField(label=gettext_lazy("从哪天起用"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(
        label=gettext_lazy("最后一天"), required=False, widget=forms.DateInput({"type": "date"})
    )  # fmt: skip

    def clean_since(self) -> datetime | None:
        return begins(self.cleaned_data["since"])

    def clean_until(self) -> datetime | None:
        return after(self.cleaned_data["until"])


class NewName(forms.Form):
    """The present legal name, as the civil or business register shows it."""

    name = forms.CharField(label=gettext_lazy("新的姓名或者名称"), max_length=200)
    since = forms.DateField(
        label=gettext_lazy("变更登记的日期"), widget=forms.DateInput({"type": "date"}),
        help_text=gettext_lazy("这一天以前的文书仍然用原来的名称"),
    )  # fmt: skip

    def clean_since(self) -> datetime | None:
        return begins(self.cleaned_data["since"])


class Guardian(Paper):
    """Who the guardian is and what shows it."""

    name = forms.CharField(label=gettext_lazy("监护人姓名"), max_length=200)
    proof = forms.ChoiceField(
        label=gettext_lazy("监护关系的证明"), widget=forms.RadioSelect, choices=list(GUARDIAN_PROOFS.items()),
        help_text=gettext_lazy("被监护人已经成年的，凭人民法院的裁判文书"),
    )  # fmt: skip
    ref = forms.CharField(
        label=gettext_lazy("证明的编号"), max_length=60, required=False,
        help_text=gettext_lazy("例如裁判文书的案号、户口簿的户号"),
    )  # fmt: skip
    ward_born = forms.DateField(
        label=gettext_lazy("被监护人的出生日期"), required=False, widget=forms.DateInput({"type": "date"}),
        help_text=gettext_lazy("只有证件号码看不出出生日期的需要填写"),
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("最后一天"), required=False, widget=forms.DateInput({"type": "date"}),
        help_text=gettext_lazy("不填的，未成年人到成年那天为止"),
    )  # fmt: skip

    field_order = ["name", "id_kind", "id_no", "country", "proof", "ref", "ward_born", "until", "seen"]

    def clean_until(self) -> datetime | None:
        last = self.cleaned_data["until"]
        if last is not None and last < today().date():
            raise forms.ValidationError(_("最后一天不能早于今天"))
        return after(last)


def begins(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), SHANGHAI)


def after(day: date | None) -> datetime | None:
    """The beginning of the day after."""
    return None if day is None else day_after(day)
