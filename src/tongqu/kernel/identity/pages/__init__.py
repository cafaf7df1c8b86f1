"""Pages of identity: the account, the real-name check, whom one acts for; the login library's forms in our words."""
