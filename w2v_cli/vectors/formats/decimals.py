"""float32 numbers as the shortest decimals that read back as the same bits.

They are what `repr` of a `np.float32` prints (beyond a million, NumPy's versions differ, and
here it is always `1e+06`), found for a whole block at once, which is much faster. The fewest
digits that survive a round trip are found for each number. Its text is then looked up in two
pieces of 12 bytes, " -123." and "456700000000". Only the first bytes of a piece count: the next
piece is laid over the rest. Numbers below 1e-4 or above 1e4 are rare among word vectors, and
are printed one by one.
"""

from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["decimal_rows", "rounded"]

T = TypeVar("T", bound=np.generic)

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Pieces = NDArray[np.uint32]  # (n, 6): the text before and after the point, four characters each

PIECE = 12  # bytes
_LEAST, _LIMIT = 1e-4, 1e4  # `repr` of a smaller number has an exponent
_POWERS = 10.0 ** np.arange(23)  # as far as float64 holds powers of ten exactly


def decimal_rows(matrix: NDArray[np.float32], separator: bytes = b" ") -> list[bytes]:
    """Each row of `matrix` (N, D), all finite, as D decimals with separators between.

    >>> decimal_rows(np.array([[0.1, -2.0, 1e-7]], dtype=np.float32))
    [b'0.1 -2.0 1e-07']
    """
    pieces, lengths = _pieces(matrix.ravel(), separator)
    ends = np.cumsum(lengths.ravel())
    text = np.zeros(ends[-1] + PIECE, dtype=np.uint8)
    # One place for a piece at every byte. NumPy fills them in order, so that a piece covers
    # what is beyond the end of the one before.
    places = np.ndarray(ends[-1] + 1, dtype=f"V{PIECE}", buffer=text, strides=(1,))
    places[ends - lengths.ravel()] = pieces.view(f"V{PIECE}").ravel()
    row_ends = ends[2 * matrix.shape[1] - 1 :: 2 * matrix.shape[1]].tolist()
    data = text.tobytes()
    # The first number of a row needs no separator before it.
    return [data[at + 1 : end] for at, end in zip([0, *row_ends], row_ends, strict=False)]


def rounded(matrix: NDArray[np.float32], digits: int) -> NDArray[np.float32]:
    """The float32 nearest to each value of `matrix` (N, D) at 1 to 6 significant digits.

    Its shortest decimal then has no more than `digits`, because float32 tells all decimals
    of six digits apart.
    """
    exact = matrix.astype(np.float64)
    sizes = np.abs(exact)
    exponents = np.floor(np.log10(np.where(sizes == 0, 1, sizes)))
    scale = 10.0 ** (digits - 1 - exponents)
    return (np.rint(exact * scale) / scale).astype(np.float32)


def _pieces(values: NDArray[np.float32], separator: bytes) -> tuple[Pieces, Indices]:
    """The two pieces (n, 6) of the text of each of n values, and their lengths (n, 2)."""
    sizes = np.abs(values).astype(np.float64)
    usual = (sizes >= _LEAST) & (sizes < _LIMIT) | (sizes == 0)
    numbers, places = _shortest(np.where(usual, sizes, 0.0))
    scale = _take(_POWERS, places)
    whole = np.floor(numbers / scale)  # exact: no quotient is nearer to an integer than 1e-12
    fraction = (numbers - whole * scale) * _take(_POWERS, PIECE - places)
    pieces = np.empty((len(values), 6), dtype=np.uint32)
    lengths = np.empty((len(values), 2), dtype=np.int64)
    tables = _tables()
    before = whole.astype(np.int64) + np.signbit(values) * int(_LIMIT)
    pieces[:, 0] = _take(tables.before[0], before)
    pieces[:, 1] = _take(tables.before[1], before)
    lengths[:, 0] = _take(tables.before_lengths, before)
    lengths[:, 1] = _fill_fractions(pieces[:, 3:], fraction)
    pieces.view(np.uint8)[:, 0] = ord(separator)
    for place in np.flatnonzero(~usual).tolist():
        text = separator + _printed(values[place])
        pieces[place] = np.frombuffer(text.ljust(2 * PIECE), dtype=np.uint32)
        lengths[place] = min(PIECE, len(text)), max(0, len(text) - PIECE)
    return pieces, lengths


def _fill_fractions(pieces: Pieces, fractions: Floats) -> Indices:
    """Write the twelve digits of each integer into `pieces` (n, 3); their number without zeros.

    Of a fraction of nothing but zeros, one is counted: "2.0", not "2.".
    """
    tables = _tables()
    length = np.ones(len(fractions), dtype=np.uint8)
    for column, power in enumerate((1e8, 1e4, 1.0)):
        digits = np.floor(fractions / power)
        fractions = fractions - digits * power
        group = digits.astype(np.int64)
        pieces[:, column] = _take(tables.groups, group)
        np.maximum(length, _take(tables.group_lengths[column], group), out=length)
    return length.astype(np.int64)


def _printed(value: np.float32) -> bytes:
    """One number of unusual size, as `repr` prints it."""
    if abs(value) < 1e6:
        return str(value).encode()
    return np.format_float_scientific(value, trim="-", exp_digits=2).encode()


def _shortest(sizes: Floats) -> tuple[Floats, Indices]:
    """For each number, the integer of fewest digits (6 to 9) and the places p after its point.

    The integer times 10^−p is read as the same float32. Six digits always suffice for a
    number that had at most six, and nine for any (Goldberg 1991, theorem 15). Products and
    quotients below have an exact power of ten and at most nine digits, so each quotient is
    the float64 nearest to the decimal it stands for.
    """
    wanted = sizes.astype(np.float32)
    exponents = np.floor(np.log10(np.maximum(sizes, _LEAST))).astype(np.int64)
    survival = np.zeros(len(sizes), dtype=np.uint8)
    for removed in (1, 2, 3):
        scale = _take(_POWERS, 8 - removed - exponents)
        survives = (np.rint(sizes * scale) / scale).astype(np.float32) == wanted
        survival |= survives.view(np.uint8) << (removed - 1)
    places = 8 - exponents - _take(_REMOVABLE, survival.astype(np.int64))
    return np.rint(sizes * _take(_POWERS, places)), places


def _take(table: NDArray[T], indices: Indices) -> NDArray[T]:
    """table[indices]; "clip" for its speed, as every index is within the table."""
    return table.take(indices, mode="clip")


def _characters(texts: list[str]) -> Pieces:
    """The bytes of texts of the same length, as four-byte integers."""
    return np.frombuffer("".join(texts).encode(), dtype=np.uint32).reshape(len(texts), -1)


_REMOVABLE = np.array([0, 1, 2, 2, 3, 3, 3, 3])  # the highest bit that is set


class Tables(NamedTuple):
    """The texts that pieces are put together from, and their lengths.

    `before` (2, 20,000) has the separator, sign, whole number and point of 0 to 9,999, then
    the same with a minus sign; `groups` four digits each. `group_lengths` tells of the first,
    second and third group how far the fraction reaches with it, and 0 if it is 0000.
    """

    before: Pieces
    before_lengths: Indices
    groups: Pieces
    group_lengths: NDArray[np.uint8]


@cache
def _tables() -> Tables:
    """The tables; made when first asked for, because most programs only read."""
    positive = [f" {number}." for number in range(int(_LIMIT))]
    texts = positive + [f" -{text[1:]}" for text in positive]
    four = [f"{number:04}" for number in range(10_000)]
    sizes = np.array([len(text.rstrip("0")) for text in four], dtype=np.uint8)
    return Tables(
        _characters([text.ljust(8) for text in texts]).T.copy(),
        np.array(list(map(len, texts))),
        _characters(four).ravel(),
        np.array([np.where(sizes == 0, 0, sizes + reach) for reach in (0, 4, 8)], dtype=np.uint8),
    )
