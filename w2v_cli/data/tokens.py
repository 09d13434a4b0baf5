"""The tokens of a text as arrays: where each is, and which is the first that equals it.

Passes of NumPy over a megabyte of text are faster than splitting it into Python objects and
looking each of them up in a dictionary.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Tokens", "find_tokens", "first_equals"]

_IS_TOKEN = bytes(byte not in b" \n\t\r\v\f" for byte in range(256))
"""What `bytes.translate` turns every byte into: 0 the white space of `bytes.split`, 1 the rest."""

_KEY_SIZE = 16
"""Bytes of a token that are compared as two integers; in most languages few tokens are longer."""

_LOWEST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)
"""The masks that leave the lowest n bytes of an integer."""


@dataclass(frozen=True, eq=False)
class Tokens:
    """The n tokens of a text: token i is `text[starts[i] : starts[i] + sizes[i]]`, both int64.

    line_ends: (s,) int64, how many tokens come before each line end of the text.

    White space stands before the first token, and `_KEY_SIZE` bytes of it after the last.
    """

    text: bytes
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    line_ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    def words(self, chosen: NDArray[np.integer[Any]]) -> Iterator[bytes]:
        """The tokens with these indices."""
        ends = self.starts[chosen] + self.sizes[chosen]
        for start, end in zip(self.starts[chosen].tolist(), ends.tolist(), strict=True):
            yield self.text[start:end]

    def lines(self, chosen: NDArray[np.integer[Any]]) -> bytes:
        """The tokens with these indices, rising, one a line."""
        starts, sizes = self.starts[chosen], self.sizes[chosen] + 1  # with the space after it
        edges = np.stack((starts, starts + sizes), axis=1).ravel()
        runs = np.diff(edges, prepend=0, append=len(self.text))  # between tokens, token, between, …
        is_chosen = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
        lines: NDArray[np.uint8] = np.frombuffer(self.text, np.uint8)[is_chosen]
        lines[np.cumsum(sizes) - 1] = ord("\n")
        return lines.tobytes()

    @cached_property
    def is_short(self) -> NDArray[np.bool_]:
        """Whether `keys` hold the whole token, (n,)."""
        return self.sizes <= _KEY_SIZE

    @cached_property
    def keys(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """The first 8 bytes of every token, and the second, (n,) each; zeros beyond its end."""
        windows = np.ndarray(
            len(self.text) - _KEY_SIZE + 1, f"V{_KEY_SIZE}", self.text, strides=(1,)
        )
        pairs = windows[self.starts].view("<u8").reshape(-1, 2)
        low, high = (_LOWEST_BYTES.take(self.sizes - before, mode="clip") for before in (0, 8))
        return pairs[:, 0] & low, pairs[:, 1] & high

    def hashes(self, bits: int) -> NDArray[np.int64]:
        """A number below 2**bits for every token, (n,): a product with odd constants."""
        low, high = self.keys
        mixed = (low * np.uint64(0x9E3779B97F4A7C15)) ^ (high * np.uint64(0xC2B2AE3D27D4EB4F))
        mixed *= np.uint64(0xFF51AFD7ED558CCD)
        hashes: NDArray[np.int64] = (mixed >> np.uint64(64 - bits)).view(np.int64)
        return hashes


def find_tokens(text: bytes) -> Tokens:
    """The tokens between the ASCII white space of a text."""
    text = b"".join((b" ", text, b" " * _KEY_SIZE))
    inside = np.frombuffer(text.translate(_IS_TOKEN), np.bool_)
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1  # start, end, start, end, …
    starts = edges[::2].copy()
    line_ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    return Tokens(text, starts, edges[1::2] - starts, np.searchsorted(starts, line_ends))


def first_equals(tokens: Tokens) -> NDArray[np.int64]:
    """For each token the index of the first token that is the same word, (n,) int64.

    A short token is compared with the first of the text that has the same hash. If that is
    another word, or the token is long, a dictionary finds its equals.
    """
    bits = len(tokens).bit_length() + 1
    slots, order = tokens.hashes(bits), np.arange(len(tokens))
    table = np.empty(1 << bits, np.int64)
    table[slots[::-1]] = order[::-1]  # what is assigned last stays: the first of the text
    first = table.take(slots)
    same = tokens.is_short & (tokens.sizes.take(first) == tokens.sizes)
    for key in tokens.keys:
        same &= key.take(first) == key
    found: dict[bytes, int] = {}
    rest = np.flatnonzero(~same)
    for index, word in zip(rest.tolist(), tokens.words(rest), strict=True):
        first[index] = found.setdefault(word, index)
    return first
