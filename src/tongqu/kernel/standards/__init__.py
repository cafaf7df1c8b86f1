"""标准 Data elements, code sets, declared sources; the FactSource port.

An element says what a value means, how it must look, whether it is personal, and from which register government
already has it. Forms, catalogues and facts all cite the same element, so that a thing is asked once and called by
one name. The room has no tables yet: the standards are files in `data/`, versioned with an owner.

May touch: foundation and the kernel rooms before it. Start reading at `register.py`, then `rules.py` (does a value
conform?) and `facts.py` (what government already knows).
"""
