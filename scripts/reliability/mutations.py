"""Damage to bytes, drawn from a seed."""

import random
from collections.abc import Callable

# Bytes that mean something to some reader.
TOKENS = (
    *(b"", b"\0", b"\n", b"\r\n", b"\r", b"\t", b" ", b"\x1a", b"\xa0", b"\xef\xbb\xbf"),
    *(b"\xff\xfe", b"\xff", b"\xc3", b"\xed\xa0\x80", "é\u2028\U0001f600".encode()),
    *(b"nan", b"inf", b"-inf", b"1e309", b"-1", b"0", b"1", b"99999999999999999999", b"2147483648"),
    *(b"0x1", b"1_0", "١".encode(), b"true", b"null", b"~", b"[]", b"{}", b"''", b'"', b"#", b":"),
    *(
        b"&a [*a]",
        b"*a",
        b"<<: *a",
        b"!!python/object/apply:os.system [true]",
        b"---",
        b"- ",
        b"? ",
    ),
    *(b"\x80\x04cos\nsystem\n", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY", b"'descr': '|O'"),
    *(b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"BZh9", b"\xff\xff\xff\x7f", b"\xff" * 8, b"\0" * 8),
)


def damaged(data: bytes, draws: random.Random) -> bytes:
    """The data after one to four accidents; now and then something else altogether."""
    if draws.random() < 0.02:
        return draws.randbytes(draws.choice([0, 1, 2, 7, 100, 5000]))
    for _ in range(draws.choice([1, 1, 1, 2, 4])):
        data = draws.choice(ACCIDENTS)(data, draws)
    return data


def _place(data: bytes, draws: random.Random) -> int:
    """A place in the data, often where its header is, or its end."""
    near = min(len(data), 200)
    return draws.choice(
        [
            draws.randint(0, near),
            len(data) - draws.randint(0, near),
            draws.randint(0, len(data)),
        ]
    )


def _range(data: bytes, draws: random.Random) -> tuple[int, int]:
    start = _place(data, draws)
    return start, min(len(data), start + draws.choice([1, 2, 8, 64, 1000]))


def _cut(data: bytes, draws: random.Random) -> bytes:
    return data[: _place(data, draws)]


def _flip(data: bytes, draws: random.Random) -> bytes:
    start, end = _range(data, draws)
    if start == end:
        return data
    return data[:start] + bytes([data[start] ^ 1 << draws.randrange(8)]) + data[start + 1 :]


def _remove(data: bytes, draws: random.Random) -> bytes:
    start, end = _range(data, draws)
    return data[:start] + data[end:]


def _repeat(data: bytes, draws: random.Random) -> bytes:
    start, end = _range(data, draws)
    return data[:end] + data[start:end] * draws.choice([1, 1, 3, 100]) + data[end:]


def _insert(data: bytes, draws: random.Random) -> bytes:
    start = _place(data, draws)
    return data[:start] + draws.choice(TOKENS) + data[start:]


def _overwrite(data: bytes, draws: random.Random) -> bytes:
    token, start = draws.choice(TOKENS), _place(data, draws)
    return data[:start] + token + data[start + len(token) :]


def _replace_word(data: bytes, draws: random.Random) -> bytes:
    """One word of a text, or what stands between two spaces, becomes a token."""
    words = data.split(b" ")
    words[draws.randrange(len(words))] = draws.choice(TOKENS)
    return b" ".join(words)


ACCIDENTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_cut, _flip, _flip, _remove, _repeat, _insert, _insert, _overwrite, _replace_word),
)
