"""Known trees, and the plain recursive definitions of RFC 6962 to compare every other tree with."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation import merkle
from tongqu.foundation.merkle import Frontier, MerkleError, Node

# The eight entries and roots that Certificate Transparency implementations test with.
ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*path(m, leaves[:k]), tree_hash(leaves[k:])]
    return [*path(m - k, leaves[k:]), tree_hash(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2."""
    if m == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*subproof(m, leaves[:k], whole), tree_hash(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), tree_hash(leaves[:k])]


def some_leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(count.to_bytes(4, "big") + number.to_bytes(4, "big")) for number in range(count)]


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    assert merkle.root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_known_proofs() -> None:
    """Inclusion of the last leaf of three; consistency from 6 to 8, in whose proof are known subtrees."""
    nodes = merkle.all_nodes(LEAVES)
    found = merkle.proof(merkle.inclusion_plan(2, 3), nodes)
    assert [value.hex() for value in found] == [ROOTS[2]]
    found = merkle.proof(merkle.consistency_plan(6, 8), nodes)
    assert [value.hex() for value in found] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[4],
    ]


@settings(max_examples=60)
@given(st.integers(1, 70), st.data())
def test_roots_and_proofs_are_those_of_the_rfc(size: int, data: st.DataObject) -> None:
    leaves = some_leaves(size)
    nodes = merkle.all_nodes(leaves)
    root = merkle.root_of(leaves)
    assert root == tree_hash(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.proof(merkle.inclusion_plan(index, size), nodes)
    assert proof == path(index, leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, proof, root)
    old = data.draw(st.integers(0, size))
    proof = merkle.proof(merkle.consistency_plan(old, size), nodes)
    assert proof == (subproof(old, leaves, True) if old else [])
    assert merkle.verify_consistency(old, merkle.root_of(leaves[:old]), size, root, proof)


@settings(max_examples=60)
@given(st.integers(2, 70), st.data())
def test_a_proof_of_something_else_is_refused(size: int, data: st.DataObject) -> None:
    leaves = some_leaves(size)
    nodes, root = merkle.all_nodes(leaves), merkle.root_of(leaves)
    index, other = data.draw(st.permutations(range(size)))[:2]
    proof = merkle.proof(merkle.inclusion_plan(index, size), nodes)
    assert not merkle.verify_inclusion(leaves[other], index, size, proof, root)
    assert not merkle.verify_inclusion(leaves[index], other, size, proof, root)
    assert not merkle.verify_inclusion(leaves[index], index, size, proof[:-1], root)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*proof, root], root)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*proof[:-1], b"short"], root)
    assert not merkle.verify_inclusion(leaves[index], size, size, proof, root)

    old = data.draw(st.integers(1, size - 1))
    proof = merkle.proof(merkle.consistency_plan(old, size), nodes)
    old_root = merkle.root_of(leaves[:old])
    altered = [merkle.leaf_hash(b"another"), *leaves[1:]]
    assert not merkle.verify_consistency(old, merkle.root_of(altered[:old]), size, root, proof)
    assert not merkle.verify_consistency(old, old_root, size, merkle.root_of(altered), proof)
    assert not merkle.verify_consistency(old, old_root, size, root, proof[:-1])
    assert not merkle.verify_consistency(old, old_root, size, root, [*proof, root])
    assert not merkle.verify_consistency(size, root, old, old_root, proof)


def test_consistency_at_the_edges() -> None:
    root = merkle.root_of(LEAVES)
    assert merkle.verify_consistency(0, merkle.EMPTY_ROOT, 8, root, [])
    assert not merkle.verify_consistency(0, root, 8, root, [])
    assert merkle.verify_consistency(8, root, 8, root, [])
    assert not merkle.verify_consistency(8, root, 8, root, [root])
    assert not merkle.verify_consistency(8, root, 8, merkle.root_of(LEAVES[:7]), [])
    assert not merkle.verify_consistency(3, merkle.root_of(LEAVES[:3]), 8, root, [])


@given(st.integers(0, 300))
def test_a_frontier_outlives_being_stored(size: int) -> None:
    leaves = some_leaves(size + 5)
    frontier = Frontier()
    frontier.extend(leaves[:size])
    kept = Frontier.parse(frontier.serialise())
    assert kept == frontier and kept.root() == tree_hash(leaves[:size])
    kept.extend(leaves[size:])
    assert kept.root() == tree_hash(leaves)
    assert (frontier.size, kept.size) == (size, size + 5)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_perfect_nodes_cover_exactly_the_range(start_power: int, length: int) -> None:
    start = 1 << (start_power % 14)
    nodes = merkle.perfect_nodes(start, start + min(length, start))
    covered = [
        leaf for node in nodes for leaf in range(node.position << node.height, (node.position + 1) << node.height)
    ]
    assert covered == list(range(start, start + min(length, start)))


def test_appending_reports_each_completed_subtree_once() -> None:
    frontier, seen = Frontier(), []
    for leaf in some_leaves(64):
        seen += [node for node, _ in frontier.append(leaf)]
    assert len(seen) == len(set(seen)) == 63
    assert seen[-1] == Node(6, 0)


@pytest.mark.parametrize("text", ["", "x:", "1:", "0:00", f"1:{'00' * 31}", f"2:{'00' * 64}", "-1:", "1:zz"])
def test_a_broken_frontier_is_refused(text: str) -> None:
    with pytest.raises(MerkleError):
        Frontier.parse(text)


def test_sizes_that_no_tree_has_are_refused() -> None:
    for call in (
        lambda: merkle.inclusion_plan(0, 0),
        lambda: merkle.inclusion_plan(-1, 3),
        lambda: merkle.inclusion_plan(3, 3),
        lambda: merkle.consistency_plan(4, 3),
        lambda: merkle.consistency_plan(-1, 3),
    ):
        with pytest.raises(MerkleError):
            call()
