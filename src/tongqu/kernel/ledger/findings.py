"""What a verification can find, and the sentence for it. Values in, values out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _


class What(StrEnum):
    EVENT_ALTERED = "event-altered"  # the event no longer says what was logged
    EVENT_MISSING = "event-missing"  # logged, and its row is gone
    ENTRY_ALTERED = "entry-altered"  # the log's own row was changed; the event is as it was logged
    ENTRY_MISSING = "entry-missing"  # a place in the log is empty
    FORGED = "forged"  # event and entry fit each other but not what was logged: changed, swapped or put in together
    REWRITTEN = "rewritten"  # from some entry on everything was recomputed, and a signed head tells
    EXTRA = "extra"  # an entry outside the log: beyond its end, or before its beginning
    UNLOGGED = "unlogged"  # an event that came neither through the outbox nor into the log: put in by hand
    HEAD = "head"  # a stored head is not what the node signed
    NODE = "node"  # a stored tree hash is wrong; a signed head vouches for the entries
    STATE = "state"  # the log's state row does not fit the entries


class Head(StrEnum):
    NONE = "none"  # no signed head covers the place
    DISAGREES = "disagrees"  # what is there now is not what was signed
    CONFIRMS = "confirms"  # what the log says is what was signed


@dataclass(frozen=True, slots=True)
class Finding:
    """`seq` is the first entry concerned, `last_seq` the last one where it cannot be told more exactly.

    `head_size` is the signed head that tells, if one does.
    """

    what: What
    seq: int | None = None
    last_seq: int | None = None
    event_id: UUID | None = None
    head: Head = Head.NONE
    head_size: int | None = None

    def judged(self, head: Head, size: int, *, what: What | None = None) -> Finding:
        return replace(self, what=what or self.what, head=head, head_size=size)

    @property
    def sentence(self) -> str:
        """One plain line for people."""
        facts = {"seq": self.seq, "last": self.last_seq, "event": self.event_id, "size": self.head_size}
        return _SENTENCES[self.what]() % facts + self._head_sentence() % facts

    def _head_sentence(self) -> str:
        if self.what in {What.EXTRA, What.UNLOGGED, What.HEAD, What.NODE, What.STATE}:
            return ""
        if self.head is Head.DISAGREES:
            return _("，与 %(size)s 条处的签名树头不符")
        if self.head is Head.CONFIRMS:
            return _("，%(size)s 条处的签名树头证明事件本身未变")
        return _("，该处尚无签名树头")


_SENTENCES = {
    What.EVENT_ALTERED: lambda: _("第 %(seq)s 条（事件 %(event)s）的内容在入账后被改动"),
    What.EVENT_MISSING: lambda: _("第 %(seq)s 条（事件 %(event)s）的事件记录不见了"),
    What.ENTRY_ALTERED: lambda: _("第 %(seq)s 条（事件 %(event)s）的账本行被改动"),
    What.ENTRY_MISSING: lambda: _("第 %(seq)s 条不见了"),
    What.FORGED: lambda: _("第 %(seq)s 条（事件 %(event)s）不是当初入账的内容"),
    What.REWRITTEN: lambda: _("第 %(seq)s 条至第 %(last)s 条之间有内容被改动，并且账本被重新计算过"),
    What.EXTRA: lambda: _("第 %(seq)s 条（事件 %(event)s）在账本首尾之外，是另行加入的"),
    What.UNLOGGED: lambda: _("事件 %(event)s 未经正常途径写入，账本中没有它"),
    What.HEAD: lambda: _("%(size)s 条处的树头不是本节点签名的原文"),
    What.NODE: lambda: _("第 %(seq)s 条至第 %(last)s 条的树节点被改动，%(size)s 条处的签名树头证明条目完好"),
    What.STATE: lambda: _("账本状态行与条目不符（前 %(size)s 条有签名树头为证）"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a verification. Sound when `finding` is None."""

    tenant_id: UUID
    origin: str
    size: int = 0  # entries the log claims
    checked: int = 0  # entries recomputed
    heads: int = 0  # signed heads found to fit
    signed_size: int = 0  # the largest of them
    waiting: int = 0  # events still on their way into the log
    finding: Finding | None = None

    @property
    def sound(self) -> bool:
        return self.finding is None
