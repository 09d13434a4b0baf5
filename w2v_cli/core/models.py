"""Skip-gram and CBOW on whole segments: which vector predicts, and which words it predicts.

A model turns gathered rows into one hidden vector per centre (`project`), scores the
hidden vectors against their target words (`scores`), and carries the slopes of the loss
back the same two ways (`backproject_scores`, `backproject`). What the loss is, the model
does not know: that is the objective's part, and the two multiply.

Every array is allocated once; a micro-batch of g ≤ G segments uses its first g rows.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.segments import Batch, Floats, Forward, Gradient, Layout

__all__ = ["Cbow", "Model", "SkipGram"]


class Model(Protocol):
    """What a kernel asks of a model; rows and d_rows are (g, L + 2m, 2, D)."""

    def project(self, rows: Floats, batch: Batch) -> Floats:
        """The hidden vector of every centre, (g, L, D)."""

    def scores(self, rows: Floats, hidden: Floats) -> Floats:
        """The score of every target: (g, L, L + 2m) for skip-gram, (g, L) for CBOW."""

    def target_weights(self, batch: Batch) -> Floats:
        """1 where a score is a target's and 0 elsewhere, in the shape of `scores`."""

    def target_counts(self, batch: Batch) -> Floats:
        """The number of targets of each centre, (g, L)."""

    def hidden_gradient(self, d_rows: Floats) -> Floats:
        """The array (g, L, D) in which the gradient by the hidden vectors is summed."""

    def backproject_scores(self, slopes: Floats, forward: Forward, gradient: Gradient) -> None:
        """Set gradient.hidden and the outside half of gradient.rows from the scores' slopes."""

    def backproject(self, batch: Batch, gradient: Gradient) -> None:
        """Set the centre half of gradient.rows from gradient.hidden, which it may overwrite."""


class SkipGram:
    """The centre's own vector predicts every word of its window (maths.md, (45) to (48)).

    A segment's centres are scored against all its tokens in one product, of which the
    windows keep a band: a fifth of the scores, and still far cheaper than pair by pair.
    """

    def __init__(self, layout: Layout, dim: int, dtype: npt.DTypeLike) -> None:
        self._layout = layout
        self._scores = np.empty((layout.group, layout.length, layout.span), dtype)

    def project(self, rows: Floats, batch: Batch) -> Floats:
        """The centre vectors, a view of the rows."""
        return _centers(rows, self._layout)[:, :, 0]

    def scores(self, rows: Floats, hidden: Floats) -> Floats:
        """hidden · outsideᵀ for each segment."""
        return np.matmul(hidden, rows[:, :, 1].swapaxes(1, 2), out=self._scores[: len(rows)])

    def target_weights(self, batch: Batch) -> Floats:
        """The windows themselves."""
        return batch.windows

    def target_counts(self, batch: Batch) -> Floats:
        """Every context word is a target."""
        return batch.contexts

    def hidden_gradient(self, d_rows: Floats) -> Floats:
        """The centre half of d_rows; nothing remains to be done in `backproject`."""
        return _centers(d_rows, self._layout)[:, :, 0]

    def backproject_scores(self, slopes: Floats, forward: Forward, gradient: Gradient) -> None:
        """By hidden: slopes · outside; by outside: slopesᵀ · hidden."""
        np.matmul(slopes, forward.rows[:, :, 1], out=gradient.hidden)
        np.matmul(slopes.swapaxes(1, 2), forward.hidden, out=gradient.rows[:, :, 1])

    def backproject(self, batch: Batch, gradient: Gradient) -> None:
        """The halo has no centres, so its centre vectors have no gradient."""
        _clear_halo(gradient.rows[:, :, 0], self._layout)


class Cbow:
    """The sum or mean of a window's vectors predicts its centre (maths.md, (53) and (54)).

    With the mean of n vectors the gradient of each is 1/n of that of the hidden vector.
    word2vec.c leaves this division out, and so does this class unless `exact`: the centre
    half of d_rows is then n times the gradient of every window (docs/decisions/0008).
    """

    def __init__(
        self, layout: Layout, dim: int, dtype: npt.DTypeLike, *, mean: bool, exact: bool
    ) -> None:
        self._layout, self._mean, self._exact = layout, mean, exact
        self._hidden = np.empty((layout.group, layout.length, dim), dtype)
        self._d_hidden = np.empty((layout.group, layout.length, dim), dtype)

    def project(self, rows: Floats, batch: Batch) -> Floats:
        """windows · centre vectors, divided by the number of context words for the mean."""
        hidden = np.matmul(batch.windows, rows[:, :, 0], out=self._hidden[: len(rows)])
        if self._mean:
            _divide(hidden, batch)
        return hidden

    def scores(self, rows: Floats, hidden: Floats) -> Floats:
        """Each hidden vector against its own centre word."""
        scores: Floats = np.einsum("gld,gld->gl", hidden, _centers(rows, self._layout)[:, :, 1])
        return scores

    def target_weights(self, batch: Batch) -> Floats:
        """A centre without context words predicts nothing."""
        return np.minimum(batch.contexts, 1)

    def target_counts(self, batch: Batch) -> Floats:
        """One target a centre that has context words."""
        return np.minimum(batch.contexts, 1)

    def hidden_gradient(self, d_rows: Floats) -> Floats:
        """An array of the model's own, carried to the context words by `backproject`."""
        return self._d_hidden[: len(d_rows)]

    def backproject_scores(self, slopes: Floats, forward: Forward, gradient: Gradient) -> None:
        """By hidden: slope · outside; by outside: slope · hidden."""
        slopes = slopes[:, :, None]
        outside, d_outside = forward.rows[:, :, 1], gradient.rows[:, :, 1]
        np.multiply(slopes, _centers(outside, self._layout), out=gradient.hidden)
        np.multiply(slopes, forward.hidden, out=_centers(d_outside, self._layout))
        _clear_halo(d_outside, self._layout)

    def backproject(self, batch: Batch, gradient: Gradient) -> None:
        """windowsᵀ · gradient.hidden: every context word receives the whole of it, or its share."""
        if self._mean and self._exact:
            _divide(gradient.hidden, batch)
        np.matmul(batch.windows.swapaxes(1, 2), gradient.hidden, out=gradient.rows[:, :, 0])


def _divide(vectors: Floats, batch: Batch) -> None:
    """Divide vectors (g, L, D) by the number of context words, in place."""
    vectors /= np.maximum(batch.contexts, 1)[:, :, None]


def _centers(rows: Floats, layout: Layout) -> Floats:
    """The L rows of each segment that are not halo, as a view."""
    return rows[:, layout.halo : layout.halo + layout.length]


def _clear_halo(rows: Floats, layout: Layout) -> None:
    """Set the rows of the halo to zero, in place."""
    rows[:, : layout.halo] = 0
    rows[:, layout.halo + layout.length :] = 0
