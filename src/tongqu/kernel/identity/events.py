"""What can happen to accounts, parties, mandates and roles."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

ACCOUNT_REGISTERED = declare("identity.account_registered", _("注册了账号"))
ACCOUNT_OPENED = declare("identity.account_opened", _("开通了工作人员账号"))
ACCOUNT_CLOSED = declare("identity.account_closed", _("停用了账号"))
PHONE_CHANGED = declare("identity.phone_changed", _("更换了账号手机号"))
PHONE_VERIFIED = declare("identity.phone_verified", _("验证了账号手机号"))
PASSWORD_CHANGED = declare("identity.password_changed", _("修改了登录密码"))
SIGNED_IN = declare("identity.signed_in", _("登录"))
SECOND_FACTOR_ADDED = declare("identity.second_factor_added", _("启用了动态口令"))
SECOND_FACTOR_REMOVED = declare("identity.second_factor_removed", _("停用了动态口令"))
PASSKEY_ADDED = declare("identity.passkey_added", _("添加了通行密钥"))
PASSKEY_REMOVED = declare("identity.passkey_removed", _("删除了通行密钥"))
QR_CONFIRMED = declare("identity.qr_confirmed", _("在手机上确认了扫码登录"))
QR_REFUSED = declare("identity.qr_refused", _("在手机上拒绝了扫码登录"))
QR_USED = declare("identity.qr_used", _("扫码登录"))
OUTSIDE_LINKED = declare("identity.outside_linked", _("关联了站外登录"))
OUTSIDE_UNLINKED = declare("identity.outside_unlinked", _("取消了站外登录的关联"))
REAL_NAME_VERIFIED = declare("identity.real_name_verified", _("完成了实名认证"), seen_by="party")

ACCOUNT_TIED = declare("identity.account_tied", _("工作人员账号与本人对应"))

PARTY_REGISTERED = declare("identity.party_registered", _("登记了主体"), seen_by="party")
PARTY_RENAMED = declare("identity.party_renamed", _("变更了主体名称"), seen_by="party")
NAME_ADDED = declare("identity.name_added", _("补记了曾用名或别名"), seen_by="party")
NAME_REMOVED = declare("identity.name_removed", _("更正了误记的名称"), seen_by="party")
BIRTH_NOTED = declare("identity.birth_noted", _("登记了出生日期"), seen_by="party")
IDENTIFIER_ADDED = declare("identity.identifier_added", _("登记了证件"), seen_by="party")
IDENTIFIER_REPLACED = declare("identity.identifier_replaced", _("更换了证件号码"), seen_by="party")
IDENTIFIER_ENDED = declare("identity.identifier_ended", _("注销了证件"), seen_by="party")
PARTIES_MERGED = declare("identity.parties_merged", _("合并了重复登记的主体"))
CONTACT_CHANGED = declare("identity.contact_changed", _("变更了联系方式"), seen_by="party")
COPY_ASKED = declare("identity.copy_asked", _("申请复制个人信息"), seen_by="party")
COPY_READY = declare("identity.copy_ready", _("个人信息副本制作完成"), seen_by="party")
COPY_FAILED = declare("identity.copy_failed", _("个人信息副本没有制成"), seen_by="party")
COPY_TAKEN = declare("identity.copy_taken", _("下载个人信息副本"), seen_by="party")
COPY_GONE = declare("identity.copy_gone", _("个人信息副本到期删除"), seen_by="party")
CONSENT_GIVEN = declare("identity.consent_given", _("作出同意"), seen_by="party")
CONSENT_WITHDRAWN = declare("identity.consent_withdrawn", _("撤回同意"), seen_by="party")
ERASURE_REFUSED = declare("identity.erasure_refused", _("依法不能删除个人信息"), seen_by="party")
PERSON_KEY_DESTROYED = declare("identity.person_key_destroyed", _("依法删除了个人信息"))

MANDATE_GIVEN = declare("identity.mandate_given", _("设立了代理关系"), seen_by="party")
MANDATE_REVOKED = declare("identity.mandate_revoked", _("终止了代理关系"), seen_by="party")

ROLE_GRANTED = declare("identity.role_granted", _("授予了角色"))
ROLE_REVOKED = declare("identity.role_revoked", _("收回了角色"))
