"""Events of the desk. Bodies carry ids only: a filter may hold a name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

VIEW_SAVED = declare("workbench.view_saved", _("保存了工作清单视图"))
VIEW_CHANGED = declare("workbench.view_changed", _("调整了工作清单视图"))
VIEW_SHARED = declare("workbench.view_shared", _("调整了视图的共享"))
VIEW_DELETED = declare("workbench.view_deleted", _("删除了工作清单视图"))
PRINT_ASKED = declare("workbench.print_asked", _("合并打印了一批文书"))
LIST_EXPORTED = declare("workbench.list_exported", _("导出了工作清单"))
