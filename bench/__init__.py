"""Measurements: `./tq bench [names]`. Each file here is one, and can be run by itself."""
