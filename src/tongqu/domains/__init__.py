"""Floor 2: the work of a government, one room a domain. Neighbours never import each other.

They meet through the kernel: start a case, subscribe to an event, or offer a port.
"""
