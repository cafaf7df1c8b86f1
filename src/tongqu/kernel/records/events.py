"""Event kinds of the records room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

FILE_STORED = declare("records.file_stored", _("收存文件"))
DOCUMENT_MADE = declare("records.document_made", _("制作文书"), seen_by="party")
DOCUMENT_NOT_MADE = declare("records.document_not_made", _("文书因缺字没有制成"))
LICENCE_ISSUED = declare("records.licence_issued", _("签发电子证照"), seen_by="public")
LICENCE_ENDS = {
    "retracted": declare("records.licence_retracted", _("撤回电子证照"), seen_by="public"),
    "revoked": declare("records.licence_revoked", _("撤销电子证照"), seen_by="public"),
    "cancelled": declare("records.licence_cancelled", _("注销电子证照"), seen_by="public"),
}
RENEWAL_OPEN = declare("records.renewal_open", _("证照可以申请延续，提醒持证人"), seen_by="party")
LICENCE_RENEWED = declare("records.licence_renewed", _("证照延续，由新证代替"), seen_by="public")
ARCHIVED = declare("records.archived", _("形成电子档案"))

TEMPLATE_DRAFTED = declare("records.template_drafted", _("开始修改文书文本"))
TEMPLATE_SAVED = declare("records.template_saved", _("修改文书文本草稿"))
TEMPLATE_PUBLISHED = declare("records.template_published", _("发布文书文本"), seen_by="public")
TEMPLATE_DISCARDED = declare("records.template_discarded", _("放弃文书文本草稿"))
TEMPLATE_CANCELLED = declare("records.template_cancelled", _("取消尚未生效的文书文本"))
SERIES_STARTED = declare("records.series_started", _("设定文号从多少号接续"))
NUMBERING_SET = declare("records.numbering_set", _("设定发文字号"))
ARCHIVE_DUE = declare("records.archive_due", _("档案保管期限届满，等待鉴定"))
ARCHIVE_DISPOSED = declare("records.archive_disposed", _("档案经鉴定后销毁"))
