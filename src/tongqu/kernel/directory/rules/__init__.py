"""What the directory decides, without a database: `codes` (12 digits), `dating` (in force on a date), `editions`
(what a new list of regions changes) and `duties` (cycles, separated administrators)."""
