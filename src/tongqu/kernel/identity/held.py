"""What identity holds of a person: who he is, how to reach him, who acts for whom, how he signs in, what he agreed to.

It answers for `acts` too, which comes before it and knows no parties: the read log, keys of repeated requests, events.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Text
from tongqu.kernel.acts.models import Event, IdempotencyKey, ReadLog
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.directory.queries import appointments_of
from tongqu.kernel.identity import consents, events, holders, numbers, rules, vault
from tongqu.kernel.identity.holders import Datum, Hindrance, Record, Records, Section, Subject
from tongqu.kernel.identity.models import (
    Account,
    Consent,
    DataCopy,
    Mandate,
    NameTerm,
    OutsideLogin,
    Party,
    PartyContact,
    PartyIdentifier,
    PartyName,
    QrSignIn,
    RoleGrant,
)
from tongqu.kernel.identity.pages import labels
from tongqu.kernel.identity.sessions import SessionStore

NO_NAME = "9"  # sorts last

_SECTIONS = (
    Section(
        "identity",
        _("身份信息"),
        _("用来确认您是谁：实名认证或者窗口核验时登记。"),
        _("您使用本平台期间保存；依法删除后不再保存。"),
        basis=("D18",),
    ),
    Section(
        "contacts",
        _("联系方式"),
        _("用来向您发送办理进度和文书。"),
        _("更换后旧号码只作历史记录；依法删除后不再保存。"),
    ),
    Section(
        "mandates", _("代理关系"), _("谁可以代您办事、您可以代谁办事。"), _("终止以后作为办事依据保存，其中只有编号。")
    ),
    Section("accounts", _("账号"), _("用来登录。密码只保存不可还原的摘要。"), _("停用账号或者依法删除后不再保存。")),
    Section(
        "sign_ins",
        _("登录记录"),
        _("用来发现冒用账号的行为。只记录时间和方式，不记录设备和位置。"),
        _("不少于6个月。"),
        basis=("N1",),
        kept_rule="N1",
    ),
    Section(
        "consents",
        _("作出的同意"),
        _("需要您同意才能处理的情形，可以随时撤回。"),
        _("撤回后保留撤回记录。"),
        basis=("D19",),
    ),
    Section(
        "copies", _("复制申请"), _("您申请过的个人信息副本。"), _("副本到期删除，只留申请记录。"), basis=("D23.copy",)
    ),
)


class People(holders.Holder):
    code, order = "identity", 10
    models = frozenset(
        {
            "identity.Party", "identity.PartyName", "identity.PartyIdentifier", "identity.PartyContact",
            "identity.NameTerm", "identity.QrSignIn", "identity.OutsideLogin",
            "identity.PersonKey", "identity.Mandate", "identity.Account", "identity.Consent", "identity.DataCopy",
            "acts.Event", "acts.ReadLog", "acts.IdempotencyKey", "mfa.Authenticator", "sessions.Session",
        }
    )  # fmt: skip
    sections = _SECTIONS

    def count(self, subject: Subject, section: str) -> int:
        more = 1 if section == "identity" and subject.name else 0  # the name, beside the numbers
        return self._rows(subject, section).count() + more

    def records(
        self, subject: Subject, section: str, *, after: str | None = None, size: int = 20, full: bool = False
    ) -> Records:
        draw = {
            "identity": self._number if full else self._masked, "contacts": self._contact if full else self._masked,
            "mandates": lambda row: _mandate(row, subject), "accounts": self._account, "sign_ins": _sign_in,
            "consents": _consent, "copies": _copy,
        }[section]  # fmt: skip
        found = holders.paged(self._rows(subject, section), draw, after=after, size=size)
        if section == "identity" and after is None:
            return Records((*_names(subject), *found.rows), found.next)
        return found

    def _rows(self, subject: Subject, section: str) -> QuerySet[Any]:
        ids = list(subject.parties)
        match section:
            case "identity":
                return PartyIdentifier.objects.filter(party_id__in=ids)
            case "contacts":
                return PartyContact.objects.filter(party_id__in=ids)
            case "mandates":
                rows = Mandate.objects.filter(Q(principal_id__in=ids) | Q(agent_id__in=ids))
                return rows.select_related("principal", "agent")
            case "accounts":
                return Account.objects.filter(id__in=subject.accounts)
            case "sign_ins":
                return Event.objects.filter(
                    tenant_id=subject.tenant_id, subject_kind="account", subject_id__in=subject.accounts,
                    kind=events.SIGNED_IN,
                )  # fmt: skip
            case "consents":
                return Consent.objects.filter(Q(party_id__in=ids) | Q(guardian_id__in=ids))  # given for a child, too
        return DataCopy.objects.filter(party_id__in=ids)

    def find(self, subject: Subject, mark: str) -> Datum | None:
        room, _sep, kind = mark.partition(":")
        if mark == "readings":
            return Datum("readings", _("查看记录"), str(_("某次查看")), corrects=mark)
        if room != "identity":
            return None
        found = [*_names(subject), *map(self._masked, self._rows(subject, "identity")),
                 *map(self._masked, self._rows(subject, "contacts").filter(valid_to=None))]  # fmt: skip
        return next((one.data[0] for one in found if one.data[0].corrects == mark), None)

    def _masked(self, row: Any, whole: str | None = None) -> Record:
        label = numbers.LABELS[row.kind]
        source = "register" if row.kind in numbers.IDENTIFIERS else "typed"
        until = getattr(row, "valid_to", None)
        return Record(
            str(row.id), label, row.created_at,
            (Datum(row.kind, label, row.masked, whole, element=_ELEMENTS.get(row.kind, ""), source=source,
                   as_of=row.created_at.date().isoformat(), corrects=f"identity:{row.kind}"),),
            note=_("已更换") if until else "",
        )  # fmt: skip

    def _number(self, row: Any) -> Record:
        return self._masked(row, vault.open_text(vault.data_key(row.party_id), row.box, row.id))

    _contact = _number

    def _account(self, row: Account) -> Record:
        data = [Datum("username", _("登录名"), row.username, source="typed")]
        if row.phone_box is not None:
            phone = vault.open_text(vault.account_key(), row.phone_box, row.id)
            data.append(Datum("phone", _("登录手机号"), numbers.masked("phone", phone), phone, source="typed"))
        if row.real_name_at is not None:
            data.append(
                Datum("real_name_by", _("实名认证"), row.real_name_by or str(_("窗口核验")), source="register",
                      as_of=row.real_name_at.date().isoformat())
            )  # fmt: skip
        return Record(str(row.id), row.username, row.created_at, tuple(data), url="/account")

    # --- erasing -----------------------------------------------------------------------------------------------------

    def hindrances(self, subject: Subject, at: datetime) -> list[Hindrance]:
        found = [
            Hindrance("keep.heads_business", _("您是%(count)d家经营主体的负责人") % {"count": len(subject.leads)}, True)
        ] if subject.leads else []  # fmt: skip
        for account in subject.staff_accounts:
            if appointments_of(account) or RoleGrant.objects.filter(account_id=account, revoked_at=None).exists():
                found.append(Hindrance("keep.staff", _("您是现任工作人员"), True))
                break
        else:
            if subject.staff_accounts:
                found.append(Hindrance("keep.official_acts", _("作为工作人员时的履职记录"), False))
        found.append(Hindrance("keep.access_log", _("访问和操作日志（没有姓名和证件号码）"), False))
        return found

    def erase(self, act: Act, subject: Subject) -> None:
        PartyName.objects.filter(party_id__in=subject.parties).update(name="")
        NameTerm.objects.filter(party_id__in=subject.parties).delete()
        Party.objects.filter(id__in=subject.parties).update(sort_key=NO_NAME, born=None)
        QrSignIn.objects.filter(account_id__in=subject.accounts).delete()
        OutsideLogin.objects.filter(account_id__in=subject.accounts).delete()
        for table in (PartyIdentifier, PartyContact):
            for row_id in table.objects.filter(party_id__in=subject.parties).values_list("id", flat=True):
                # The index would let whoever holds the master key test a guessed number; it must go too.
                table.objects.filter(id=row_id).update(box=b"", masked="", blind_index=f"erased:{row_id}")
        mandates = Mandate.objects.filter(Q(principal_id__in=subject.parties) | Q(agent_id__in=subject.parties))
        mandates.update(proof={})
        DataCopy.objects.filter(party_id__in=subject.parties).update(state=DataCopy.State.GONE, blob_id=None)
        for account in Account.objects.filter(id__in=subject.accounts):
            account.set_unusable_password()
            account.username, account.name, account.sort_key = f"erased-{account.id.hex[:32]}", "", NO_NAME
            account.is_active, account.phone_box, account.phone_index = False, None, None
            account.phone_verified = False
            account.real_name_by = ""
            account.save()
        Authenticator.objects.filter(user_id__in=subject.accounts).delete()
        _end_sessions(subject)
        _clean_logs(subject)


def _clean_logs(subject: Subject) -> None:
    """What a log holds in words: what a refused stranger typed, and answers kept for a repeated request."""
    about = ReadLog.objects.filter(tenant_id=subject.tenant_id, party_id__in=subject.parties)
    about.exclude(subject_text="").update(subject_text="")
    for name in subject.names:
        ReadLog.objects.filter(tenant_id=subject.tenant_id, subject_text__contains=name).update(subject_text="")
    owners = [str(account) for account in subject.accounts]
    IdempotencyKey.objects.filter(tenant_id=subject.tenant_id, owner__in=owners).update(answer={"value": None})


def _end_sessions(subject: Subject) -> None:
    """Sessions lie under a key of the node and may hold what was typed into a form; each is opened to see whose."""
    wanted = {str(account) for account in subject.accounts}
    if not wanted:
        return
    store = SessionStore()
    gone = [
        key
        for key, data in Session.objects.values_list("session_key", "session_data").iterator(chunk_size=500)
        if str(store.decode(data).get("_auth_user_id", "")) in wanted
    ]
    for n in range(0, len(gone), 500):
        Session.objects.filter(session_key__in=gone[n : n + 500]).delete()


# --- drawing ---------------------------------------------------------------------------------------------------------

_ELEMENTS = {"phone": "contact.phone", "credit_code": "party.credit_code"}


def _called(row: PartyName) -> Text:
    if row.kind == rules.ALIAS:
        return _("别名")
    return _("姓名") if row.kind == rules.LEGAL and row.valid_to is None else _("曾用名")


def _names(subject: Subject) -> list[Record]:
    rows = PartyName.objects.filter(party_id__in=subject.parties).order_by("-valid_from", "-id")
    return [
        Record(
            str(row.id), _called(row), row.valid_from,
            (Datum("name", _called(row), row.name, element="person.name", source="register",
                   as_of=row.valid_from.date().isoformat() if row.valid_from else "", corrects="identity:name"),),
            note="" if row.valid_to is None else _("已变更"),
        )
        for row in rows
    ]  # fmt: skip


def _mandate(row: Mandate, subject: Subject) -> Record:
    """The other side of it is another person: named to the one it concerns, left out of the copy (`whole`)."""
    gave = row.principal_id in subject.parties
    other = row.agent if gave else row.principal
    title = _("%(name)s可以代您办事") if gave else _("您可以代%(name)s办事")
    natural = other.kind == "person"
    data = (
        Datum("other", _("对方"), other.name, others=natural),
        Datum("kind", _("关系"), str(labels.MANDATE_KINDS.get(row.kind, row.kind)), row.kind),
        Datum("valid_to", _("到期"), row.valid_to.date().isoformat() if row.valid_to else str(_("长期"))),
    )
    plain = _("他人可以代您办事") if gave else _("您可以代他人办事")
    return Record(
        str(row.id), title % {"name": other.name} if not natural else plain, row.valid_from, data,
        note=_("已终止") if row.revoked_at else "", url="/account",
    )  # fmt: skip


def _sign_in(row: Event) -> Record:
    strength = labels.STRENGTHS.get(row.actor.get("login_strength"), "")
    return Record(
        str(row.id), _("登录"), row.recorded_at,
        (Datum("strength", _("方式"), str(strength), row.actor.get("login_strength"), source="observed"),
         Datum("channel", _("渠道"), str(row.actor.get("channel", "")), source="observed")),
    )  # fmt: skip


def _consent(row: Consent) -> Record:
    kind = consents.KINDS.get(row.kind)
    return Record(
        str(row.id), kind.title if kind else row.kind, row.given_at,
        (Datum("kind", _("种类"), str(kind.title) if kind else row.kind, row.kind, source="typed"),
         Datum("about", _("用于"), f"{row.about_kind}:{row.about_id}"),
         Datum("withdrawn", _("撤回"), row.withdrawn_at.isoformat() if row.withdrawn_at else str(_("没有撤回")))),
        note=_("已撤回") if row.withdrawn_at else "", rule=kind.rule if kind else "D19",
    )  # fmt: skip


def _copy(row: DataCopy) -> Record:
    return Record(
        str(row.id), _("个人信息副本"), row.created_at,
        (Datum("state", _("状态"), str(DataCopy.State(row.state).label), row.state),
         Datum("taken", _("下载次数"), str(row.taken))),
        kept_until=row.expires_at.date() if row.expires_at else None, url="/account/data/copy",
    )  # fmt: skip


def register() -> None:
    holders.register(People())
    holders.excuse(
        {
            "identity.RoleGrant": "a role of an account in office; the account itself is blanked",
            "account.EmailAddress": "the login library's table of mail addresses: accounts here have none",
            "account.EmailConfirmation": "as account.EmailAddress",
            "directory.Appointment": "who holds a post: an act of office with an account's id, no name",
            "directory.UnitChange": "an act of office on a unit, with an account's id",
            "law.RuleOverlay": "an act of office on the register of rules, with an account's id",
            "law.CalendarNotice": "an act of office on the calendar, with an account's id",
        }
    )
