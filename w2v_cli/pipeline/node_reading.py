"""A text read and numbered by the nodes of a cluster, part by part, and joined here."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict

from w2v_cli.cluster.answers import answers, first_trouble
from w2v_cli.cluster.node import ENCODER
from w2v_cli.config import Settings
from w2v_cli.data.numbering import NumberedBlock
from w2v_cli.data.parts import Part, group_parts, parts_of, unseen
from w2v_cli.data.sources import Source
from w2v_cli.pipeline.encoder import numbered_block
from w2v_cli.pipeline.machine import workers_of_node

__all__ = ["read_by_nodes"]

LEAST = 1 << 28  # bytes of text; less is read sooner than nodes are asked

_ELSEWHERE = ("tcp:", "tls:", "file:")  # addresses of clusters that are not this machine alone


def read_by_nodes(
    settings: Settings, warn: Callable[[str], None], sources: Sequence[Source]
) -> Generator[NumberedBlock, None, None] | None:
    """The blocks of a text as nodes number them; None if this machine is to read it.

    This machine reads a text that is short or cannot be cut, and any text without a cluster. It
    also reads one that some node does not see, and then `warn` is told.

    Raises:
        W2VError: there is no such cluster.
    """
    address = settings.machine.cluster
    size = sum(source.size for source in sources)
    if address is None or not address.startswith(_ELSEWHERE) or size < LEAST:
        return None
    parts = parts_of(sources, settings.corpus.encoding)
    trouble = None if parts is None else first_trouble(address, unseen, parts)
    if trouble is not None:
        warn(f"the text is read here, since not all nodes see it: {trouble}")
    return None if parts is None or trouble else _numbered(settings, address, parts)


def _numbered(
    settings: Settings, address: str, parts: Sequence[Part]
) -> Generator[NumberedBlock, None, None]:
    """What nodes make of groups of parts, in order."""
    corpus, groups = settings.corpus, list(group_parts(parts))
    job = {
        "program": ENCODER,
        "workers": workers_of_node(settings, address),
        "encoding": corpus.encoding,
        "errors": corpus.errors,
        "tokenizer": corpus.tokenizer,
        "lowercase": corpus.lowercase,
    }
    requests = ({"parts": [asdict(part) for part in group]} for group in groups)
    for group, (_, arrays) in zip(groups, answers(address, job, requests), strict=True):
        yield numbered_block(arrays, sum(part.size for part in group))
