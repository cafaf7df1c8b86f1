"""Pages: signing in and up, second factor, the account, the real-name check, whom one acts for.

Only those of the login library's addresses that we offer; there is no e-mail, so none that need it.
"""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.conf import settings
from django.urls import path

from tongqu.kernel.acts.networks import both, public, staff
from tongqu.kernel.identity.pages import acting, agents, mine, mydata, outside, qr, realname, register

urlpatterns = both(
    path("account", mine.account, name="my_account"),
    path("account/login", account.login, name="account_login"),
    path("account/logout", account.logout, name="account_logout"),
    path("account/stronger", mine.stronger, name="stronger_login"),
    path("account/inactive", account.account_inactive, name="account_inactive"),
    path("account/reauthenticate", account.reauthenticate, name="account_reauthenticate"),
    path("account/password", account.password_change, name="account_change_password"),
    path("account/password/forgotten", mine.forgotten, name="account_reset_password"),
    path("account/2fa", mfa.index, name="mfa_index"),
    path("account/2fa/authenticate", mfa.authenticate, name="mfa_authenticate"),
    path("account/2fa/reauthenticate", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/2fa/totp/activate", totp.activate_totp, name="mfa_activate_totp"),
    path("account/2fa/totp/deactivate", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/2fa/codes", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/2fa/codes/generate", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/2fa/codes/download", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("account/2fa/keys", keys.list_webauthn, name="mfa_list_webauthn"),
    path("account/2fa/keys/add", keys.add_webauthn, name="mfa_add_webauthn"),
    path("account/2fa/keys/reauthenticate", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("account/2fa/keys/<int:pk>/remove", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/2fa/keys/<int:pk>/edit", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/2fa/keys/login", keys.login_webauthn, name="mfa_login_webauthn"),
)
urlpatterns += staff(
    path("desk/parties", register.search, name="register"),
    path("desk/parties/<uuid:party_id>", register.party, name="register_party"),
    path("desk/parties/<uuid:party_id>/<slug:what>", register.change, name="register_change"),
    path("desk/parties/<uuid:party_id>/<slug:what>/<uuid:row>", register.change, name="register_end"),
    path(
        "desk/parties/<uuid:party_id>/mandates/<uuid:mandate_id>/end", register.end_mandate, name="register_end_mandate"
    ),
)
urlpatterns += public(
    path("account/mandates/<uuid:mandate_id>/revoke", mine.revoke, name="my_mandate_revoke"),
    path("account/data", mydata.overview, name="my_data"),
    path("account/data/numbers", mydata.whole_numbers, name="my_data_numbers"),
    path("account/data/readings", mydata.readings, name="my_data_readings"),
    path("account/data/copy", mydata.copy, name="my_data_copy"),
    path("account/data/copy/<uuid:copy_id>", mydata.download, name="my_data_download"),
    path("account/data/consents/<uuid:consent_id>", mydata.withdraw, name="my_data_withdraw"),
    path("account/data/request/<slug:kind>", mydata.ask, name="my_data_request"),
    path("account/data/held/<slug:code>", mydata.section, name="my_data_section"),
    path("account/signup", account.signup, name="account_signup"),
    path("account/phone/verify", account.verify_phone, name="account_verify_phone"),
    path("account/phone", account.change_phone, name="account_change_phone"),
    path("account/outside/out", outside.out, name="outside_out"),
    path("account/outside/<slug:code>", outside.begin, name="outside_begin"),
    path("account/outside/<slug:code>/back", outside.back, name="outside_back"),
    path("account/outside/logins/<uuid:login_id>/unlink", outside.unlink, name="outside_unlink"),
    path("account/password/set", account.password_set, name="account_set_password"),
    path("account/qr", qr.ask, name="qr_ask"),
    path("account/qr/wait", qr.wait, name="qr_wait"),
    path("account/qr/state", qr.state, name="qr_state"),
    path("account/qr/finish", qr.finish, name="qr_finish"),
    path("account/qr/scan/<str:code>", qr.scanned, name="qr_scanned"),
    path("acting-for", acting.choose, name="acting_for"),
    path("acting-for/agents", agents.agents, name="agents"),
    path("acting-for/agents/<uuid:mandate_id>/revoke", agents.revoke, name="agent_revoke"),
    path("real-name", realname.start, name="real_name"),
    path("real-name/return", realname.back, name="real_name_return"),
)
if settings.TQ_DEMO:
    urlpatterns += public(path("demo/real-name", realname.demo, name="demo_real_name"))
