"""Compressed files of several streams, as parallel compressors and `cat` make them."""

import bz2
import io
import lzma
from functools import partial

import pytest

from w2v_cli.compression import DAMAGE, compression_of

PARTS = [b"".join(b"%d line %d\n" % (part, n) for n in range(3000)) for part in range(3)]
WHOLE = b"".join(PARTS)


def opened(data):
    return compression_of(data[:16]).reader(io.BytesIO(data))


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress])
@pytest.mark.parametrize("padding", [0, 8, 100_000])
def test_all_streams_are_read_and_padding_is_left_out(compress, padding):
    data = b"".join(compress(part) + bytes(padding) for part in PARTS)
    assert opened(data).read() == WHOLE
    assert b"".join(iter(partial(opened(data).read, 1000), b"")) == WHOLE
    assert list(opened(data)) == WHOLE.splitlines(keepends=True)


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress])
def test_the_place_can_be_set_as_in_a_plain_file(compress):
    file = opened(b"".join(map(compress, PARTS)))
    for place in (50_000, 7, 90_000, 0):
        assert file.seek(place) == file.tell() == place
        assert file.read(100) == WHOLE[place : place + 100]


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress])
@pytest.mark.parametrize("place", [0, 1, 5, 12, 30])
def test_damage_in_a_later_stream_is_no_end_of_the_file(compress, place):
    first, second, third = map(compress, PARTS)
    damaged = bytearray(second)
    damaged[place] ^= 0xFF
    with pytest.raises(DAMAGE):
        opened(first + bytes(damaged) + third).read()


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress])
def test_a_later_stream_that_is_cut_is_no_end_of_the_file(compress):
    first, second = map(compress, PARTS[:2])
    for length in (1, 3, 20, len(second) - 1):
        with pytest.raises(EOFError):
            opened(first + second[:length]).read()
