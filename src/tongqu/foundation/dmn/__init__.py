"""DMN 1.5: decision models read, checked, evaluated, explained and written; no code of anybody else's ever runs."""
