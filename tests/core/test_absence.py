"""Absence is proven only past the barrier, by reads that were complete and undisturbed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.absence import MARGIN_NS, SCANS, SECOND, WINDOW_NS, Moment, Proof

SIGNED = 1_000 * SECOND
BARRIER = SIGNED + WINDOW_NS + MARGIN_NS
PAST = Moment(BARRIER, BARRIER, 0)


def proven(*, without: str = "") -> Proof:
    """Return a proof to which one step may be missing."""
    proof = Proof(SIGNED)
    for _ in range(SCANS - (without == "scan")):
        proof.scanned(PAST)
    if without != "archive":
        proof.searched_archive(0, is_read=False)
    if without != "positions":
        proof.agreed(True)
    return proof


def test_TO16_the_whole_proof_says_to_when_the_exchange_had_not_had_it() -> None:
    assert proven().as_of_ns == BARRIER


@pytest.mark.parametrize("step", ["scan", "archive", "positions"])
def test_TO17_without_any_one_step_nothing_is_proven(step: str) -> None:
    assert proven(without=step).as_of_ns is None


@pytest.mark.parametrize(
    ("as_of", "now", "uncertainty", "counts"),
    [
        (BARRIER, BARRIER, 0, True),
        (BARRIER - 1, BARRIER, 0, False),
        (BARRIER, BARRIER - 1, 0, False),
        (BARRIER + 5, BARRIER + 5, 5, True),
        (BARRIER + 4, BARRIER + 5, 5, False),
        (BARRIER + 5, BARRIER + 4, 5, False),
        (None, BARRIER, 0, False),
        (BARRIER, BARRIER, None, False),
    ],
)
def test_FA04_a_read_counts_from_the_barrier_on_and_not_a_nanosecond_before(
    as_of: int | None, now: int, uncertainty: int | None, counts: bool
) -> None:
    proof = Proof(SIGNED)
    proof.scanned(Moment(as_of, now, uncertainty))
    assert proof.scans == counts


def test_an_error_in_between_begins_the_proof_anew() -> None:
    proof = proven()
    proof.interrupted()
    assert (proof.scans, proof.as_of_ns) == (0, None)
    proof.scanned(PAST)
    proof.scanned(PAST)
    assert proof.as_of_ns is None


def test_an_order_from_before_the_cutoff_needs_the_archive() -> None:
    proof = proven(without="archive")
    proof.searched_archive(SIGNED + 1, is_read=False)
    assert proof.as_of_ns is None
    proof.searched_archive(SIGNED + 1, is_read=True)
    assert proof.as_of_ns == BARRIER


def test_a_position_that_is_not_explained_holds_the_proof_up() -> None:
    proof = proven()
    proof.agreed(False)
    assert proof.as_of_ns is None


@given(
    signed=st.integers(0, 10**18),
    steps=st.lists(
        st.one_of(
            st.none(),
            st.tuples(st.integers(0, 10**11), st.integers(0, 10**11), st.integers(0, 10**9)),
        ),
        max_size=8,
    ),
)
def test_TO16_no_series_of_reads_proves_anything_by_what_came_before_the_barrier(
    signed: int, steps: list[tuple[int, int, int] | None]
) -> None:
    """The naive oracle: the last errorless stretch has two reads that began after the barrier."""
    proof, late = Proof(signed), 0
    for step in steps:
        if step is None:
            proof.interrupted()
            late = 0
            continue
        as_of, now, off = step
        proof.scanned(Moment(signed + as_of, signed + now, off))
        late += min(as_of, now) - off >= 32 * SECOND
    proof.searched_archive(0, is_read=True)
    proof.agreed(True)
    assert (proof.as_of_ns is not None) == (late >= 2)
