"""The verbs of identity: parties, mandates, accounts, roles. One file each."""

from __future__ import annotations

from tongqu.kernel.identity.operations.accounts import (
    change_password,
    change_phone,
    close_account,
    note_second_factor,
    note_sign_in,
    open_staff_account,
    register_account,
    verify_phone,
    verify_real_name,
)
from tongqu.kernel.identity.operations.guardians import note_birth, register_guardian
from tongqu.kernel.identity.operations.identifiers import add_identifier, end_identifier, replace_identifier
from tongqu.kernel.identity.operations.mandates import appoint_agent, give_mandate, revoke_mandate
from tongqu.kernel.identity.operations.names import add_name, remove_name, rename_party
from tongqu.kernel.identity.operations.outside import outside_account, sign_in_outside, unlink_outside
from tongqu.kernel.identity.operations.parties import (
    change_contact,
    find_or_register_person,
    merge_parties,
    register_firm,
    register_person,
    tie_staff_account,
)
from tongqu.kernel.identity.operations.qr import ask_qr_sign_in, decide_qr_sign_in, use_qr_sign_in
from tongqu.kernel.identity.operations.rights import (
    ask_copy,
    destroy_person_key,
    give_consent,
    take_copy,
    withdraw_consent,
)
from tongqu.kernel.identity.operations.roles import grant_role, revoke_role

__all__ = [
    "add_identifier",
    "add_name",
    "appoint_agent",
    "end_identifier",
    "find_or_register_person",
    "remove_name",
    "replace_identifier",
    "ask_qr_sign_in",
    "ask_copy",
    "change_contact",
    "change_password",
    "change_phone",
    "close_account",
    "decide_qr_sign_in",
    "destroy_person_key",
    "give_consent",
    "give_mandate",
    "grant_role",
    "merge_parties",
    "note_second_factor",
    "note_sign_in",
    "outside_account",
    "sign_in_outside",
    "unlink_outside",
    "open_staff_account",
    "register_account",
    "register_firm",
    "note_birth",
    "register_guardian",
    "register_person",
    "rename_party",
    "take_copy",
    "tie_staff_account",
    "revoke_mandate",
    "revoke_role",
    "use_qr_sign_in",
    "verify_phone",
    "verify_real_name",
    "withdraw_consent",
]
