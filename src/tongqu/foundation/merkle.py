"""The Merkle tree of a log, as in RFC 6962 §2.1 (SHA-256), so that any transparency-log tool can check ours.

A perfect subtree of 2**height leaves is named Node(height, position): leaves position·2**height up to the next one. A
`Frontier` grows a tree from its right edge alone. Proofs are planned first, as the nodes they need, so that a store
can fetch just those: see `inclusion_plan`, `consistency_plan` and `fold`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class MerkleError(ValueError):
    """Sizes or positions that no tree has, or a frontier that does not fit its size."""


class Node(NamedTuple):
    """A perfect subtree: `2**height` leaves from leaf `position * 2**height` on."""

    height: int
    position: int


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


# --- growing a tree ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Frontier:
    """The right edge of a tree: one hash for each perfect subtree that `size` falls into, largest first."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Raises MerkleError for hashes that cannot belong to a tree of this size."""
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise MerkleError("one hash for each bit of the size is needed")
        if any(len(value) != HASH_BYTES for value in self.hashes):
            raise MerkleError("a hash has 32 bytes")

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Add a leaf hash. Returns the perfect subtrees it completed above the leaf, lowest first."""
        made: list[tuple[Node, bytes]] = []
        value, height, last = leaf, 0, self.size
        while last & 1:
            value = node_hash(self.hashes.pop(), value)
            height, last = height + 1, last >> 1
            made.append((Node(height, last), value))
        self.hashes.append(value)
        self.size += 1
        return made

    def extend(self, leaves: Iterable[bytes]) -> None:
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        return fold(self.hashes) if self.hashes else EMPTY_ROOT

    def copy(self) -> Frontier:
        return Frontier(self.size, list(self.hashes))

    def serialise(self) -> str:
        """`<size>:<hashes in hex>`, for a text column."""
        return f"{self.size}:{b''.join(self.hashes).hex()}"

    @classmethod
    def parse(cls, text: str) -> Frontier:
        """Read the text of `serialise`. Raises MerkleError."""
        size, _, hexed = text.partition(":")
        try:
            raw, count = bytes.fromhex(hexed), int(size)
        except ValueError as error:
            raise MerkleError("not a serialised frontier") from error
        return cls(count, [raw[i : i + HASH_BYTES] for i in range(0, len(raw), HASH_BYTES)])


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over perfect subtrees that stand side by side, largest first (at least one)."""
    value = hashes[-1]
    for left in reversed(hashes[:-1]):
        value = node_hash(left, value)
    return value


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


# --- proofs ------------------------------------------------------------------------------------------------------

Plan = list[list[Node]]  # for each hash of a proof: the perfect subtrees to fold into it


def inclusion_plan(index: int, size: int) -> Plan:
    """What an inclusion proof of leaf `index` in the tree of `size` is made of, lowest sibling first.

    Raises MerkleError unless 0 ≤ index < size.
    """
    if not 0 <= index < size:
        raise MerkleError("no such leaf in a tree of this size")
    plan: Plan = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            plan.append(perfect_nodes(middle, end))
            end = middle
        else:
            plan.append(perfect_nodes(start, middle))
            start = middle
    return plan[::-1]


def consistency_plan(old: int, new: int) -> Plan:
    """What the proof is made of that the tree of size `old` is a beginning of the tree of size `new`.

    Empty for old = 0 and for old = new. Raises MerkleError unless 0 ≤ old ≤ new.
    """
    if not 0 <= old <= new:
        raise MerkleError("a tree does not shrink")
    if old in {0, new}:
        return []
    plan: Plan = []
    start, end, known = 0, new, True
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            plan.append(perfect_nodes(middle, end))
            end = middle
        else:
            plan.append(perfect_nodes(start, middle))
            start, known = middle, False
    if not known:
        plan.append(perfect_nodes(start, end))
    return plan[::-1]


def perfect_nodes(start: int, end: int) -> list[Node]:
    """The leaves [start, end) as perfect subtrees, left to right. `start` must be where such a subtree may begin."""
    nodes: list[Node] = []
    while start < end:
        height = (end - start).bit_length() - 1
        nodes.append(Node(height, start >> height))
        start += 1 << height
    return nodes


def proof(plan: Plan, hashes: Mapping[Node, bytes]) -> list[bytes]:
    """The proof itself, once the hashes of the planned nodes are at hand."""
    return [fold([hashes[node] for node in nodes]) for nodes in plan]


def all_nodes(leaves: Sequence[bytes]) -> dict[Node, bytes]:
    """Every perfect subtree over these leaf hashes: for small trees held in memory."""
    found: dict[Node, bytes] = {}
    frontier = Frontier()
    for index, leaf in enumerate(leaves):
        found[Node(0, index)] = leaf
        found.update(frontier.append(leaf))
    return found


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (≥ 2)."""
    return 1 << ((size - 1).bit_length() - 1)


# --- checking proofs ---------------------------------------------------------------------------------------------


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162 §2.1.3.2), or None for a proof of the wrong shape."""
    if not 0 <= index < size:
        return None
    position, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_BYTES:
            return None
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        position, last = position >> 1, last >> 1
    return value if last == 0 else None


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows this leaf hash at `index` of the tree with this size and root."""
    found = root_from_inclusion(leaf, index, size, proof)
    return found is not None and hmac.compare_digest(found, root)


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the new tree begins with the old one (RFC 9162 §2.1.4.2)."""
    if not 0 <= old_size <= new_size or any(len(value) != HASH_BYTES for value in proof):
        return False
    if old_size == new_size:
        return not proof and hmac.compare_digest(old_root, new_root)
    if old_size == 0:
        return not proof and hmac.compare_digest(old_root, EMPTY_ROOT)
    path = list(proof)
    if old_size.bit_count() == 1:
        path.insert(0, old_root)
    if not path:
        return False
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_value = new_value = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_value, new_value = node_hash(sibling, old_value), node_hash(sibling, new_value)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new_value = node_hash(new_value, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and hmac.compare_digest(old_value, old_root) and hmac.compare_digest(new_value, new_root)
