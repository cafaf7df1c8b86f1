"""Public pages of the register: the list of rules, one rule, and "why is it this date"."""
