"""通衢 Tongqu: one door, one desk, one eye, over one case engine, one data exchange and one evidence ledger.

Four floors, each importing only from those below: foundation, kernel, domains, faces. `assembly` puts them together.
Start reading at docs/architecture.md.
"""

__version__ = "0.1.0"
