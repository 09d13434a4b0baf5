"""The gradients of a step in arrays that all workers share, and the update they make.

Whoever computes a micro-batch writes its rows to a slot; then every worker sums and applies
those of its own share of the words, so that no two write to the same vector.
"""

import numpy as np
import numpy.typing as npt

from w2v_cli.core.gradients import RowGroups, RowUpdater, group_rows, shortened, to_moves
from w2v_cli.core.segments import Batch, Floats, Gradient, Layout
from w2v_cli.training.engine.workers import shared_array

__all__ = ["StepGradients"]


class StepGradients:
    """A slot for each micro-batch of a step."""

    def __init__(
        self,
        layout: Layout,
        slots: int,
        parameters: npt.NDArray[np.float32],
        workers: int,
        *,
        dense: bool,
        kappa: float,
        expected_pairs: npt.NDArray[np.float64],
    ) -> None:
        """For shared parameters (V, 2, D); `dense` where every outside vector has a gradient.

        A vector's step size is at most κ over the pairs its gradient sums over in the step:
        those counted, or, for gradients of the whole vocabulary, `expected_pairs` (V,).
        """
        words, _, dim = parameters.shape
        rows, dtype = layout.rows, parameters.dtype
        self._parameters, self._dense = parameters, dense
        self._kappa, self._largest_step = kappa, kappa / np.maximum(expected_pairs, 1e-12)
        self._words = shared_array((slots, rows), np.int64)  # which each row belongs to
        self._pairs = shared_array((slots, rows, 2), dtype)
        self._rows = shared_array((slots, rows, 2, dim), dtype)
        self._everything = shared_array((slots, words if dense else 0, dim), dtype)
        self.slots = [
            Gradient(layout, rows, everything if dense else None)
            for rows, everything in zip(self._rows, self._everything, strict=True)
        ]
        self._updater = RowUpdater(dim, dtype)
        self._bounds = np.arange(workers + 1) * words // workers  # equal ranges of the words
        self._shares = self._share_words(words, workers)

    def _share_words(self, words: int, workers: int) -> npt.NDArray[np.bool_]:
        """Which words each worker updates, (workers, V): a share of each rank."""
        owner = np.arange(words) % workers
        if self._dense:  # a range of the words, of which it has every gradient
            owner = np.searchsorted(self._bounds, np.arange(words), side="right") - 1
        shares: npt.NDArray[np.bool_] = owner == np.arange(workers)[:, None]
        return shares

    def label(self, slot: int, batch: Batch) -> None:
        """Say which words the rows of the slot belong to, and how many pairs they sum over."""
        tokens = len(batch.tokens)
        self._words[slot, :tokens] = batch.tokens
        self._words[slot, tokens:] = batch.negatives.reshape(-1)
        self._pairs[slot] = batch.pairs

    @np.errstate(over="ignore", invalid="ignore")  # of a run that diverges; its guard will see
    def apply(self, member: int, slots: int, rate: float) -> None:
        """Take the step of so many slots for this member's share of the words."""
        rows, pairs = self._rows.reshape(-1, *self._rows.shape[2:]), self._pairs.reshape(-1, 2)
        words = self._words[:slots].reshape(-1)
        mine = self._shares[member].take(words)
        center_pairs, outside_pairs = pairs[: len(words)].T
        mine &= center_pairs + outside_pairs > 0  # those of padding are zero
        places = np.flatnonzero(mine)
        groups = group_rows(words.take(places), places)
        if self._dense:
            share = slice(*self._bounds[member : member + 2])
            self._apply_dense(share, rows, pairs, groups, slots, rate)
        else:
            self._updater.update(self._parameters, rows, pairs, groups, rate, self._kappa)

    def _apply_dense(
        self, share: slice, rows: Floats, pairs: Floats, groups: RowGroups, slots: int, rate: float
    ) -> None:
        """Take the step of these words where every outside vector has a gradient.

        What pulls an outside vector to its centres and what pushes it away are parts of one
        gradient, so they are added before the step size is chosen.
        """
        moves = self._everything[0, share].copy()
        for slot in range(1, slots):
            moves += self._everything[slot, share]
        for words, n_pairs, sums in self._updater.sums(rows, pairs, groups):
            moves[words - share.start] += sums[:, 1]
            to_moves(sums[:, 0], n_pairs[:, 0], rate, self._kappa)
            self._parameters[words, 0] -= sums[:, 0]
        step = np.minimum(rate, self._largest_step[share]).astype(moves.dtype)
        moves *= step[:, None]
        self._parameters[share, 1] -= shortened(moves)
