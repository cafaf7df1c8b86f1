"""What happens at a counter beside the case itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

FILING_OPENED = declare("counter.filing_opened", _("窗口开始代为录入"))
FILING_TAKEN = declare("counter.filing_taken", _("窗口同事接手"))
FILING_FINISHED = declare("counter.filing_finished", _("窗口收件完成"))
FILING_DROPPED = declare("counter.filing_dropped", _("窗口作废未完成的收件"))
IDENTITY_CHECKED = declare("counter.identity_checked", _("窗口核对了身份"))
CODE_SENT = declare("counter.code_sent", _("向来电人发送了确认验证码"))
CODE_WRONG = declare("counter.code_wrong", _("来电人报出的验证码不对"))
ORIGINAL_HELD = declare("counter.original_held", _("窗口暂存原件"))
ORIGINAL_RETURNED = declare("counter.original_returned", _("窗口退还原件"))
SHIFT_OPENED = declare("counter.shift_opened", _("窗口上班"))
SHIFT_CLOSED = declare("counter.shift_closed", _("窗口下班"))
HANDOVER_SIGNED = declare("counter.handover_signed", _("交班人签字"))
LINE_CONFIRMED = declare("counter.line_confirmed", _("接班人确认一项"))
LINE_DISPUTED = declare("counter.line_disputed", _("接班人对一项有异议"))
