"""Public pages of the records room."""
