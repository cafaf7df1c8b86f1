"""Floor 3: what people see, drawn from what the rooms below offer."""
