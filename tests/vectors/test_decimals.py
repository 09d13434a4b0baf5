import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v_cli.vectors.formats.decimals import decimal_rows


def significant_digits(text):
    return text.lstrip("-").partition("e")[0].replace(".", "").strip("0")


def assert_shortest(values):
    values = np.asarray(values, dtype=np.float32)
    for value, found in zip(values, decimal_rows(values.reshape(-1, 1)), strict=True):
        found = found.decode()
        shortest = str(value)  # of a NumPy float, the fewest digits that identify it
        if abs(value) < 1e6:
            assert found == shortest
        else:  # where versions of NumPy differ in the notation
            assert "e+" in found
            assert significant_digits(found) == significant_digits(shortest)
            assert np.float32(found) == value


@pytest.mark.parametrize("sign", [1, -1])
def test_powers_of_two_and_ten_and_their_neighbours_are_the_shortest_decimals(sign):
    for base, exponents in [(2.0, range(-149, 128)), (10.0, range(-45, 39))]:
        powers = (sign * base ** np.arange(exponents.start, exponents.stop)).astype(np.float32)
        steps = np.array([-2, -1, 0, 1, 2], dtype=np.int32)
        neighbours = (powers.view(np.int32)[:, np.newaxis] + steps).view(np.float32)
        assert_shortest(neighbours[np.isfinite(neighbours)])


@pytest.mark.parametrize("values", [[0.0, -0.0], [1, -2, 999999], [123456.5, 0.5]])
def test_whole_numbers_and_zeros_keep_their_decimal_point(values):
    assert_shortest(values)


def test_decimals_people_write_are_given_back_as_they_were_written():
    values = np.array([[0.1, 0.25, -0.3, 1e-5, 3.14159, 12345.6]], dtype=np.float32)
    assert decimal_rows(values) == [b"0.1 0.25 -0.3 1e-05 3.14159 12345.6"]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_any_float32_is_the_shortest_decimal(values):
    assert_shortest(values)


def test_six_digits_are_kept_where_a_seventh_would_differ():
    # Between 2^-10 and 0.001, float32 is so coarse that seven digits show its rounding.
    values = np.arange(976_563, 1_000_000, 11) / 1e9
    found = decimal_rows(values.astype(np.float32).reshape(-1, 1))
    assert found == [f"{value:.6g}".encode() for value in values]


def test_many_ordinary_numbers_are_the_shortest_decimals():
    rng = np.random.default_rng(0)
    sizes = 10.0 ** rng.uniform(-9, 3, 20_000)
    assert_shortest(sizes * rng.choice([-1, 1], 20_000))
