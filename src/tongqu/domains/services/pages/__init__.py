"""Pages of the services room. Each parses, calls a verb or a read, and draws; no rule is decided here."""
