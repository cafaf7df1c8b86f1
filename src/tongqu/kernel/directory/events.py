"""The kinds of event this room writes. Bodies hold ids, codes and dates only."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

REGIONS_IMPORTED = declare("directory.regions_imported", _("载入了一版行政区划"), seen_by="public")
REGION_MAPPED = declare("directory.region_mapped", _("登记了统计区划与行政区划的对应关系"), seen_by="public")

UNIT_CREATED = declare("directory.unit_created", _("设立了单位"), seen_by="public")
UNIT_RENAMED = declare("directory.unit_renamed", _("单位更名"), seen_by="public")
UNIT_CHANGED = declare("directory.unit_changed", _("更新了单位信息"), seen_by="public")
UNIT_MERGED = declare("directory.unit_merged", _("单位并入其他单位"), seen_by="public")
UNIT_SPLIT = declare("directory.unit_split", _("单位拆分为其他单位"), seen_by="public")
UNIT_CLOSED = declare("directory.unit_closed", _("撤销了单位"), seen_by="public")

POST_CREATED = declare("directory.post_created", _("设立了岗位"))
POST_MOVED = declare("directory.post_moved", _("岗位随单位调整转入新单位"))
POST_CLOSED = declare("directory.post_closed", _("撤销了岗位"))
APPOINTED = declare("directory.appointed", _("任命人员到岗"))
APPOINTMENT_MOVED = declare("directory.appointment_moved", _("任职随岗位转入新单位"))
APPOINTMENT_ENDED = declare("directory.appointment_ended", _("任职结束"))

LEAD_NAMED = declare("directory.lead_named", _("确定了事项的牵头单位"), seen_by="public")
LEAD_MOVED = declare("directory.lead_moved", _("事项的牵头职责转由新单位承担"), seen_by="public")
