"""`python -m w2v_cli.pipeline.encoder`: numbers parts of a text for the worker that started it."""

import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from w2v_cli.cluster.node import channel
from w2v_cli.cluster.wire import Array, Closed, receive, send
from w2v_cli.data.encoding import BLOCK_SIZE
from w2v_cli.data.numbering import NumberedBlock, joined, number_block
from w2v_cli.data.parts import Part, blocks_of
from w2v_cli.data.pool import ordered_map
from w2v_cli.data.tokenizers import find_tokenizer
from w2v_cli.errors import W2VError
from w2v_cli.systems.processes import usable_processors

__all__ = ["numbered_block", "numbered_parts"]


def numbered_parts(job: dict[str, Any], parts: Sequence[Part]) -> NumberedBlock:
    """Consecutive parts of a text as one block, numbered by as many processes as the job says.

    Raises:
        W2VError: they cannot be read.
    """
    encoding, errors = job["encoding"], job["errors"]
    tokenize = find_tokenizer(job["tokenizer"], lowercase=job["lowercase"])
    number = partial(number_block, tokenize=tokenize, errors=errors)
    blocks = ([block] for part in parts for block in blocks_of(part, BLOCK_SIZE, encoding, errors))
    with closing(ordered_map(number, blocks, job["workers"] or usable_processors())) as numbered:
        return joined(numbered)


def numbered_block(arrays: Sequence[Array], raw_size: int) -> NumberedBlock:
    """The block that `main` sent, of `raw_size` bytes of text."""
    tokens, ends, types, counts = arrays
    return NumberedBlock(tokens, ends, types.tobytes(), counts, raw_size)


def main() -> None:
    """Serve over standard input and output, which nothing else may write to."""
    with channel() as (requests, answers):
        try:
            job, _ = receive(requests)
            send(answers, {"ready": True})
            while True:
                header, _ = receive(requests)
                try:
                    block = numbered_parts(job, [Part(**part) for part in header["parts"]])
                except W2VError as error:
                    send(answers, {"error": str(error)})
                    continue
                types = np.frombuffer(block.types, np.uint8)
                send(answers, {}, [block.tokens, block.sentence_ends, types, block.counts])
        except Closed:
            return


if __name__ == "__main__":
    main()
    sys.exit(0)
