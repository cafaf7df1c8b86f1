"""Event kinds of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

VERSION_PUBLISHED = declare("packages.version_published", _("发布了事项定义的新版本"), seen_by="public")
SETTING_ADOPTED = declare("packages.setting_adopted", _("采用了一项地方规定模板"), seen_by="public")
ADOPTION_ENDED = declare("packages.adoption_ended", _("停用了一项地方规定模板"), seen_by="public")
