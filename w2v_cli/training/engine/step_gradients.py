"""The gradients of a step in arrays that all workers share, and the update they make.

The worker that computes a micro-batch writes its rows to the place of the micro-batch; then
every worker sums and applies the rows of its own share of the words, so that no two write to the
same vector.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from w2v_cli.core.batches import Batch, Gradient
from w2v_cli.core.layout import Floats, Layout
from w2v_cli.core.optimizers import Optimizer, shortened
from w2v_cli.core.row_sums import RowSums, are_few_words, group_rows, sum_by_product
from w2v_cli.training.engine.composed_rows import ComposedRows
from w2v_cli.training.engine.shared_memory import shared_array
from w2v_cli.training.engine.step_plan import StepPlan

__all__ = ["StepGradients"]

Integers = npt.NDArray[np.int64]

_SORTED = 48  # bytes a row that grouping takes
_CENTER, _OUTSIDE = 0, 1  # of the parameters' second axis


class _Rows:
    """The gradients of a step's centre or outside vectors, a row for each token or negative."""

    def __init__(self, micro_batches: int, rows: int, dim: int, dtype: npt.DTypeLike) -> None:
        self.words = shared_array((micro_batches, rows), np.int64)  # which each row belongs to
        self.pairs = shared_array((micro_batches, rows), dtype)
        self.values = shared_array((micro_batches, rows, dim), dtype)


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
        """For shared parameters (V, 2, D), updated in place.

        Where every outside vector has a gradient, `expected_pairs` (V,) are those of a step;
        elsewhere it is None, and pairs are counted. Where centre vectors are `composed`, that
        object collects their gradients.
        """
        words, _, dim = parameters.shape
        layout, micro_batches, workers = plan.layout, plan.micro_batches, plan.workers
        dtype, dense = parameters.dtype, expected_pairs is not None
        self._parameters, self._optimizer = parameters, optimizer
        self._expected_pairs, self._composed = expected_pairs, composed
        # The optimizer knows vectors by number: first centre vectors, or the rows they are made
        # of, then outside vectors.
        self._first_outside = words if composed is None else composed.count
        self._centers = _Rows(micro_batches, layout.tokens, dim, dtype)
        self._outside = _Rows(micro_batches, layout.outside_rows, dim, dtype)
        self._dense = shared_array((micro_batches, words if dense else 0, dim), dtype)
        self.micro_batches = [
            Gradient(layout, centers, outside, of_words if dense else None)
            for centers, outside, of_words in zip(
                self._centers.values, self._outside.values, self._dense, strict=True
            )
        ]
        self._sums = RowSums(dim, dtype)
        self._moved = np.empty((self._sums.block, dim), dtype)
        self.shares = workers
        self._bounds = np.arange(workers + 1) * words // workers  # equal ranges of the words
        self._share_of = self._share_words(words, workers)

    @staticmethod
    def nbytes(layout: Layout, micro_batches: int, words: int, dim: int, *, dense: bool) -> int:
        """Bytes of the shared arrays."""
        gradient = Gradient.nbytes(layout, words, dim, dense=dense)
        return micro_batches * (gradient + 12 * (layout.tokens + layout.outside_rows))

    @staticmethod
    def update_nbytes(layout: Layout, micro_batches: int, dim: int) -> int:
        """Bytes that the update takes for a while, in all processes together."""
        return micro_batches * layout.outside_rows * (_SORTED + dim // 2)

    def _share_words(self, words: int, workers: int) -> npt.NDArray[np.bool_]:
        """Which words each worker updates, (workers, V): a share of each rank."""
        owner = np.arange(words) % workers
        if self._expected_pairs is not None:  # a range, since every word of it has a gradient
            owner = np.searchsorted(self._bounds, np.arange(words), side="right") - 1
        shares: npt.NDArray[np.bool_] = owner == np.arange(workers)[:, None]
        return shares

    def label(self, number: int, batch: Batch) -> None:
        """Say which words the rows of a micro-batch belong to, and how many pairs they sum over."""
        tokens = len(batch.tokens)
        self._centers.words[number] = batch.tokens
        self._centers.pairs[number] = batch.center_pairs
        self._outside.words[number, :tokens] = batch.tokens
        self._outside.words[number, tokens:] = batch.negatives.reshape(-1)
        self._outside.pairs[number] = batch.outside_pairs

    @np.errstate(over="ignore", invalid="ignore")  # of a run that diverges; its guard stops it
    def apply(self, share: int, count: int, rate: float) -> None:
        """Take the step of so many micro-batches for a share of the words."""
        for words, pairs, sums in self._summed(self._centers, share, count):
            if self._composed is not None:
                self._composed.collect(words, sums, pairs)
            else:
                self._optimizer.to_moves(words, sums, pairs, rate)
                self._move(_CENTER, words, sums)
        if self._expected_pairs is not None:
            self._apply_dense(share, count, rate)
            return
        for words, pairs, sums in self._summed(self._outside, share, count):
            self._optimizer.to_moves(words + self._first_outside, sums, pairs, rate)
            self._move(_OUTSIDE, words, sums)

    def _summed(
        self, rows: _Rows, share: int, count: int
    ) -> Iterator[tuple[Integers, Floats, Floats]]:
        """Some words of a share at a time: (words (k,), pairs (k,), summed gradients (k, D))."""
        words, pairs = rows.words[:count].reshape(-1), rows.pairs[:count].reshape(-1)
        values, my_words = rows.values[:count].reshape(len(words), -1), self._share_of[share]
        if are_few_words(len(my_words), values.shape[1]):
            of_words, sums = sum_by_product(words, values, pairs, len(my_words))
            mine = np.flatnonzero(my_words & (of_words > 0))
            yield mine, of_words[mine], sums[mine]
            return
        places = np.flatnonzero(my_words.take(words) & (pairs > 0))  # padding has none
        yield from self._sums.sums(values, pairs, group_rows(words.take(places), places))

    def _move(self, side: int, words: Integers, moves: Floats) -> None:
        """Subtract the moves (n, D) from the centre or outside vectors of different words."""
        flat = self._parameters.reshape(-1, moves.shape[1])
        places = 2 * words + side
        moved = np.take(flat, places, axis=0, out=self._moved[: len(words)], mode="clip")
        moved -= moves
        flat[places] = moved

    def _apply_dense(self, share: int, count: int, rate: float) -> None:
        """Take the step of a share's outside vectors where every one has a gradient.

        What pulls an outside vector to its centres and what pushes it away are one gradient, so
        they are added before the step size is chosen.
        """
        first, stop = self._bounds[share : share + 2].tolist()
        outside = self._dense[0, first:stop]  # summed in place: the next step sets it anew
        for number in range(1, count):
            outside += self._dense[number, first:stop]
        for words, _, sums in self._summed(self._outside, share, count):
            outside[words - first] += sums
        assert self._expected_pairs is not None
        for low in range(first, stop, self._sums.block):
            words = np.arange(low, min(low + self._sums.block, stop))
            moves, pairs = outside[words[0] - first : words[-1] + 1 - first], self._expected_pairs
            self._optimizer.to_moves(words + self._first_outside, moves, pairs[words], rate)
            self._parameters[words, _OUTSIDE] -= shortened(moves)
