"""The encoded corpus cut into chunks of running text, each subsampled afresh in every epoch."""

import mmap
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Layout
from w2v_cli.core.sampling import generator
from w2v_cli.core.segments import PortionText
from w2v_cli.errors import CorpusError
from w2v_cli.systems.memory import advise

__all__ = ["CHUNKS_PER_PORTION", "Chunks", "Text", "Window", "chunk_bounds", "text_shape"]

_CHUNK = 1 << 16  # tokens
_SMALLEST_CHUNK = 256
CHUNKS_PER_PORTION = 64  # so that memory does not grow with the corpus


@dataclass(frozen=True)
class Text:
    """The encoded corpus and what becomes of each type of token in it."""

    tokens: npt.NDArray[np.int32]  # (n_tokens,) type ids, memory-mapped
    sentence_starts: npt.NDArray[np.int64]  # (n_sentences + 1,)
    word_ids: npt.NDArray[np.int32]  # (n_types,) id in the vocabulary; any id where dropped
    keep: npt.NDArray[np.float32]  # (n_types,) probability to keep; 0 where dropped


@dataclass(frozen=True)
class Window:
    """How far context words are from a centre: `size` at most, or drawn from 1 to `size`."""

    size: int
    dynamic: bool


def chunk_bounds(
    sentence_starts: npt.NDArray[np.int64], largest_part: float = 1.0
) -> npt.NDArray[np.int64]:
    """Where chunks start, and the end: at a sentence start near every 65,536th token.

    Chunks of a short text have about `largest_part` of it. Where no sentence starts near, one is
    cut; the words on the two sides of the cut are then no context of each other.
    """
    total = int(sentence_starts[-1])
    size = min(_CHUNK, max(_SMALLEST_CHUNK, int(total * largest_part)))
    goals = np.arange(0, total, size)
    nearest = sentence_starts[np.searchsorted(sentence_starts, goals)]
    starts = np.where(nearest < goals + size // 2, nearest, goals)
    return np.unique(np.append(starts[starts < total], total))


def text_shape(bounds: npt.NDArray[np.int64], layout: Layout) -> tuple[int, int]:
    """Rows and columns of the text of a portion, for chunks with these bounds."""
    longest, centers = int(np.diff(bounds).max()), layout.segment_centers
    capacity = -(-longest // centers) * centers + 2 * layout.halo
    return min(CHUNKS_PER_PORTION, len(bounds) - 1), capacity


class Chunks:
    """Chunks of a text; the same seed prepares a chunk in the same way in any process."""

    def __init__(
        self,
        text: Text,
        layout: Layout,
        seed: int,
        window: Window,
        *,
        held_out: float = 0.0,
        largest_part: float = 1.0,
    ) -> None:
        """`held_out` is the part of the text that is not trained on, at least a chunk unless 0.

        A chunk has about `largest_part` of the text at most.

        Raises:
            CorpusError: nothing would be left to train on.
        """
        self._text, self.layout, self.seed = text, layout, seed
        self._window = window
        self._bounds = chunk_bounds(text.sentence_starts, min(held_out or 1.0, largest_part))
        self.held_out, self.trained = self._split(held_out)
        self.most_at_once, self.capacity = text_shape(self._bounds, layout)

    @staticmethod
    def nbytes(capacity: int, kept: float) -> int:
        """Bytes that preparing a chunk of so many tokens takes, if a part `kept` of them stays."""
        return int(capacity * (9 + 64 * kept))

    def _split(self, part: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The chunks that are held out, in the order drawn, and those to train on."""
        chunks = len(self._bounds) - 1
        if not part:
            return np.empty(0, np.int64), np.arange(chunks)
        order = generator(self.seed, "held out", 0).permutation(chunks)
        count = max(1, round(part * chunks))
        if count >= chunks:
            raise CorpusError(
                f"training.held_out: the text of {int(self._bounds[-1]):,} tokens is too short for "
                "a part of it to be held out; use more text, or leave out --valid"
            )
        return order[:count], np.sort(order[count:])

    def known_tokens(self, chunks: npt.NDArray[np.int64]) -> int:
        """Tokens of the corpus in these chunks that are in the vocabulary."""
        known = self._text.keep > 0
        return sum(
            int(known.take(self._text.tokens[self._bounds[chunk] : self._bounds[chunk + 1]]).sum())
            for chunk in chunks.tolist()
        )

    def prefetch(self, chunks: npt.NDArray[np.int64]) -> None:
        """Let the system begin to read these chunks if they are on a disk.

        That is faster where memory does not hold the corpus (docs/decisions/0026).
        """
        tokens = self._text.tokens
        file = tokens.base.base if isinstance(tokens.base, np.memmap) else None
        if not isinstance(file, mmap.mmap):
            return
        for low, high in (self._bounds[[chunks, chunks + 1]] * tokens.itemsize).T.tolist():
            start = low - low % mmap.PAGESIZE
            advise(file, "MADV_WILLNEED", start, high - start)

    def raw_tokens(self, chunks: npt.NDArray[np.int64]) -> int:
        """Tokens of the corpus in these chunks, before anything is dropped."""
        return int((self._bounds[chunks + 1] - self._bounds[chunks]).sum())

    def prepare(self, epoch: int, chunk: int, row: int, out: PortionText) -> None:
        """Set row `row` of out to the chunk's kept tokens and their windows in this epoch."""
        low, high = self._bounds[chunk], self._bounds[chunk + 1]
        types = self._text.tokens[low:high]
        draws = generator(self.seed, "subsample", epoch, chunk).random(len(types), np.float32)
        kept = np.flatnonzero(draws < self._text.keep.take(types))
        first, lengths = self._sentences(int(low), int(high), kept)
        before = np.arange(len(kept)) - np.repeat(first, lengths)
        after = np.repeat(lengths, lengths) - 1 - before
        reach = self._reach(epoch, chunk, len(kept))
        h = self.layout.halo
        out.tokens[row, h : h + len(kept)] = self._text.word_ids.take(types[kept])
        out.tokens[row, :h] = out.tokens[row, h + len(kept) :] = 0
        out.left[row, h : h + len(kept)] = np.minimum(before, reach)
        out.right[row, h : h + len(kept)] = np.minimum(after, reach)
        out.lengths[row] = len(kept)

    def _sentences(
        self, low: int, high: int, kept: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where each sentence of the chunk starts among its kept tokens, and how many it has."""
        starts = self._text.sentence_starts
        first, last = np.searchsorted(starts, [low, high])
        inner = starts[first:last] - low
        if len(inner) == 0 or inner[0] > 0:  # the chunk starts inside a sentence
            inner = np.concatenate(([0], inner))
        begins = np.searchsorted(kept, inner)
        return begins, np.diff(begins, append=len(kept))

    def _reach(self, epoch: int, chunk: int, size: int) -> npt.NDArray[np.int64] | int:
        """The window of each centre: uniform in 1…m, or m for all."""
        if not self._window.dynamic:
            return self._window.size
        rng = generator(self.seed, "windows", epoch, chunk)
        return rng.integers(1, self._window.size + 1, size)
