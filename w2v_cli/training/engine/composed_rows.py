"""The rows that centre vectors are composed of, in arrays that all workers share."""

import numpy as np
import numpy.typing as npt

from w2v_cli.core.composition import Composition
from w2v_cli.core.layout import Floats
from w2v_cli.core.optimizers import Optimizer
from w2v_cli.core.subwords import WordRows
from w2v_cli.training.engine.shared_memory import shared_array

__all__ = ["ComposedRows"]

Integers = npt.NDArray[np.int64]


class ComposedRows:
    """Composes the centre vectors of a step's words, and moves the rows they are made of."""

    def __init__(
        self,
        composition: Composition,
        parted: WordRows,
        rows: npt.NDArray[np.float32],
        parameters: npt.NDArray[np.float32],
        optimizer: Optimizer,
        most_words: int,
        shares: int,
    ) -> None:
        """Rows (R, D) and parameters (V, 2, D) are shared; a step has `most_words` at most.

        `parted` has the same words with a row for each part.
        """
        self._composition, self._rows, self._parameters = composition, rows, parameters
        self._optimizer, self._shares = optimizer, shares
        self._gradients = shared_array((most_words, rows.shape[1]), np.float32)
        self._pairs = shared_array((most_words,), np.float32)
        self._moved = np.empty((composition.block, rows.shape[1]), np.float32)
        self._parts = composition.of_words.parts_of_row.astype(np.float32)
        apart = composition.of_words.apart(parted)
        self._apart = Composition(apart, rows.shape[1], np.float32, self._parts)

    @staticmethod
    def nbytes(most_words: int, dim: int, entries: float) -> int:
        """Bytes of the shared arrays, and of sorting so many (word, row) entries of a step."""
        return most_words * 4 * (dim + 1) + int(entries * (64 + dim // 4))

    @property
    def count(self) -> int:
        """Rows in all, R."""
        return len(self._rows)

    def begin(self, words: Integers) -> None:
        """Say which words the next step has, rising."""
        self._words = words

    def compose(self, share: int) -> None:
        """Set the centre vectors of a share of the step's words."""
        self._composition.compose(self._rows, self._words[share :: self._shares], self._parameters)
        if share == 0:
            self._pairs[: len(self._words)] = 0

    def compose_all(self) -> None:
        """Set the centre vectors of all words, from a vector for each of their parts.

        So a run that starts from these vectors of parts begins with the very same vectors.
        """
        self._apart.compose(self._rows, np.arange(len(self._parameters)), self._parameters)

    def collect(self, words: Integers, gradients: Floats, pairs: Floats) -> None:
        """Keep the gradients (n, D) of these words' centre vectors, and their pairs (n,)."""
        places = np.searchsorted(self._words, words)
        self._gradients[places], self._pairs[places] = gradients, pairs

    def apply(self, share: int, rate: float) -> None:
        """Move a share of the rows by the gradients that all workers have collected."""
        met = np.flatnonzero(self._pairs[: len(self._words)])
        given = self._words[met], self._gradients[met], self._pairs[met]
        for rows, pairs, moves in self._composition.row_gradients(*given, share, self._shares):
            self._optimizer.to_moves(rows, moves, pairs, rate, self._parts.take(rows))
            moved = np.take(self._rows, rows, axis=0, out=self._moved[: len(rows)], mode="clip")
            moved -= moves
            self._rows[rows] = moved
