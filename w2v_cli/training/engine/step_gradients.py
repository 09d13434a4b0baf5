"""The gradients of a step in arrays that all workers share, and the update they make.

The worker that computes a micro-batch writes its rows to the place of the micro-batch; then
every worker sums and applies the rows of its own share of the words, so that no two write to the
same vector.
"""

import numpy as np
import numpy.typing as npt

from w2v_cli.core.batches import Batch, Gradient
from w2v_cli.core.layout import Floats, Layout
from w2v_cli.core.optimizers import Optimizer, shortened
from w2v_cli.core.row_sums import RowGroups, RowSums, group_rows
from w2v_cli.training.engine.composed_rows import ComposedRows
from w2v_cli.training.engine.shared_memory import shared_array
from w2v_cli.training.engine.step_plan import StepPlan

__all__ = ["StepGradients"]

Integers = npt.NDArray[np.int64]

_SORTED = 48  # bytes that grouping takes a row


class StepGradients:
    """The gradient of each micro-batch of a step."""

    def __init__(
        self,
        plan: StepPlan,
        parameters: npt.NDArray[np.float32],
        optimizer: Optimizer,
        expected_pairs: npt.NDArray[np.float32] | None,
        composed: ComposedRows | None = None,
    ) -> None:
        """For shared parameters (V, 2, D).

        Where every outside vector has a gradient, `expected_pairs` (V,) are those of a step;
        elsewhere it is None, and pairs are counted. Where input vectors are `composed`, their
        gradients are handed on to be carried back.
        """
        words, _, dim = parameters.shape
        layout, micro_batches, workers = plan.layout, plan.micro_batches, plan.workers
        rows, dtype = layout.gradient_rows, parameters.dtype
        self._parameters, self._optimizer = parameters, optimizer
        self._expected_pairs, self._composed = expected_pairs, composed
        # The optimiser knows vectors by number: input vectors, or the rows they are made of,
        # then outside vectors.
        self._first_outside = words if composed is None else composed.count
        dense = expected_pairs is not None
        self._words = shared_array((micro_batches, rows), np.int64)  # which each row belongs to
        self._pairs = shared_array((micro_batches, rows, 2), dtype)
        self._rows = shared_array((micro_batches, rows, 2, dim), dtype)
        self._dense = shared_array((micro_batches, words if dense else 0, dim), dtype)
        self.micro_batches = [
            Gradient(layout, of_rows, of_words if dense else None)
            for of_rows, of_words in zip(self._rows, self._dense, strict=True)
        ]
        self._sums = RowSums(2 * dim, dtype)
        self._moved = np.empty((self._sums.block, 2 * dim), dtype)
        self.shares = workers
        self._bounds = np.arange(workers + 1) * words // workers  # equal ranges of the words
        self._share_of = self._share_words(words, workers)

    @staticmethod
    def nbytes(layout: Layout, micro_batches: int, words: int, dim: int, *, dense: bool) -> int:
        """Bytes of the shared arrays."""
        gradient = Gradient.nbytes(layout, words, dim, dense=dense)
        return micro_batches * (gradient + 16 * layout.gradient_rows)

    @staticmethod
    def update_nbytes(layout: Layout, micro_batches: int, dim: int) -> int:
        """Bytes that the update takes in all processes together."""
        return micro_batches * layout.gradient_rows * (_SORTED + dim // 2)

    def _share_words(self, words: int, workers: int) -> npt.NDArray[np.bool_]:
        """Which words each worker updates, (workers, V): a share of each rank."""
        owner = np.arange(words) % workers
        if self._expected_pairs is not None:  # a range of the words, of which it has every gradient
            owner = np.searchsorted(self._bounds, np.arange(words), side="right") - 1
        shares: npt.NDArray[np.bool_] = owner == np.arange(workers)[:, None]
        return shares

    def label(self, number: int, batch: Batch) -> None:
        """Say which words the rows of a micro-batch belong to, and how many pairs they sum over."""
        tokens = len(batch.tokens)
        self._words[number, :tokens] = batch.tokens
        self._words[number, tokens:] = batch.negatives.reshape(-1)
        self._pairs[number] = batch.pairs

    @np.errstate(over="ignore", invalid="ignore")  # of a run that diverges; its guard stops it
    def apply(self, share: int, count: int, rate: float) -> None:
        """Take the step of so many micro-batches for a share of the words."""
        rows, pairs = self._rows.reshape(-1, *self._rows.shape[2:]), self._pairs.reshape(-1, 2)
        words = self._words[:count].reshape(-1)
        mine = self._share_of[share].take(words)
        center_pairs, outside_pairs = pairs[: len(words)].T
        mine &= center_pairs + outside_pairs > 0  # those of padding are zero
        places = np.flatnonzero(mine)
        groups = group_rows(words.take(places), places)
        if self._expected_pairs is None:
            self._apply_sparse(rows, pairs, groups, rate)
        else:
            words_of = slice(*self._bounds[share : share + 2].tolist())
            self._apply_dense(words_of, rows, pairs, groups, count, rate)

    def _apply_sparse(self, rows: Floats, pairs: Floats, groups: RowGroups, rate: float) -> None:
        """Take the step of these words, whose centre and outside vectors lie side by side."""
        words, _, dim = self._parameters.shape
        flat = self._parameters.reshape(words, -1)
        for ids, n_pairs, sums in self._sums.sums(rows.reshape(len(rows), -1), pairs, groups):
            if self._composed is not None:
                self._composed.collect(ids, sums[:, :dim], n_pairs[:, 0])
                self._move_outside(ids, sums[:, dim:].copy(), n_pairs[:, 1], rate)
                continue
            vectors = (ids[:, None] + (0, self._first_outside)).reshape(-1)
            self._optimizer.to_moves(vectors, sums.reshape(-1, dim), n_pairs.reshape(-1), rate)
            moved = np.take(flat, ids, axis=0, out=self._moved[: len(ids)], mode="clip")
            moved -= sums
            flat[ids] = moved

    def _move_outside(self, words: Integers, moves: Floats, pairs: Floats, rate: float) -> None:
        """Move the outside vectors of these words by summed gradients, which become moves."""
        self._optimizer.to_moves(words + self._first_outside, moves, pairs, rate)
        self._parameters[words, 1] -= moves

    def _apply_dense(
        self, share: slice, rows: Floats, pairs: Floats, groups: RowGroups, count: int, rate: float
    ) -> None:
        """Take the step of these words where every outside vector has a gradient.

        What pulls an outside vector to its centres and what pushes it away are parts of one
        gradient, so they are added before the step size is chosen.
        """
        dim, first = self._parameters.shape[2], share.start
        outside = self._dense[0, share]  # summed in place: the next step sets it anew
        for number in range(1, count):
            outside += self._dense[number, share]
        for words, n_pairs, sums in self._sums.sums(rows.reshape(len(rows), -1), pairs, groups):
            outside[words - first] += sums[:, dim:]
            if self._composed is not None:
                self._composed.collect(words, sums[:, :dim], n_pairs[:, 0])
                continue
            moves = sums[:, :dim].copy()
            self._optimizer.to_moves(words, moves, n_pairs[:, 0], rate)
            self._parameters[words, 0] -= moves
        assert self._expected_pairs is not None
        for low in range(first, share.stop, self._sums.block):
            words = np.arange(low, min(low + self._sums.block, share.stop))
            moves, n_pairs = outside[words[0] - first : words[-1] + 1 - first], self._expected_pairs
            self._optimizer.to_moves(words + self._first_outside, moves, n_pairs[words], rate)
            self._parameters[words, 1] -= shortened(moves)
