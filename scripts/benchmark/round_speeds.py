"""How fast vectors pass through a round, in bytes of vectors a second.

Each function does a part of a round several times, with the code of the program itself and in
blocks as they travel, and yields the speed of each time.
"""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2v_cli.cluster.area import Area
from w2v_cli.cluster.store import Store
from w2v_cli.extras import package
from w2v_cli.folders import folder_at
from w2v_cli.rounds.changes import Combiner
from w2v_cli.rounds.table import Changes, Rows, VectorTable
from w2v_cli.systems.memory import HandedMemory
from w2v_cli.systems.processes import usable_processors

__all__ = ["PROTOCOLS", "Vectors", "measured_speeds"]

PROTOCOLS = "tcp", "tls"
_PATIENCE = 300.0  # seconds to wait for what takes workers about one

Speeds = Iterator[float]


@dataclass(frozen=True)
class Vectors:
    """What is taken, sent and combined, and how often."""

    words: int = 200_000
    dim: int = 100
    shards: int = 4
    times: int = 5

    def table(self) -> VectorTable:
        """Vectors drawn at random."""
        rng = np.random.default_rng(1)
        inputs, outside = rng.standard_normal((2, self.words, self.dim), np.float32)
        kept = rng.random(2 * self.words, np.float32)
        return VectorTable(inputs, outside, [kept], usable_processors())

    def timed(self, n_bytes: int, action: Callable[[], object]) -> Speeds:
        """The speed of each time that an action is done to so many bytes."""
        for _ in range(self.times):
            began = time.perf_counter()
            action()
            yield n_bytes / (time.perf_counter() - began)


def measured_speeds(vectors: Vectors) -> Iterator[tuple[str, list[float]]]:
    """The name of each part, and how fast it was each time."""
    table = vectors.table()
    starts = [table.read(block) for block in range(table.blocks)]
    yield "handing", list(handing(vectors, table, starts))
    yield "storing", list(storing(vectors, starts))
    yield "loading", list(loading(vectors, starts))
    ends = _trained(table, starts)
    yield "taking", list(taking(vectors, table, starts))
    yield "combining", list(combining(vectors, starts, ends))
    for protocol in PROTOCOLS:
        yield protocol, list(sending(vectors, protocol, table.blocks))


def handing(vectors: Vectors, table: VectorTable, starts: list[Rows]) -> Speeds:
    """Through shared memory into the table that is trained, and as much back to the worker."""
    sizes, columns = [len(start) for start in starts], vectors.dim + 1
    with closing(HandedMemory()) as memory:
        area = Area.over(memory.map(Area.nbytes(sizes, columns)), sizes, columns)

    def hand() -> None:
        for place, start in zip(area.starts, starts, strict=True):
            place[:] = start
        table.each(lambda block: table.write(block, area.starts[block]))
        for changed in area.changed:
            changed.copy()

    return vectors.timed(_bytes(starts), hand)


def taking(vectors: Vectors, table: VectorTable, starts: list[Rows]) -> Speeds:
    """Taking what a shard changed out of a table; it changed all rows."""

    def take() -> None:
        table.each(lambda block: table.changes(block, starts[block]))

    return vectors.timed(_bytes(starts), take)


def combining(vectors: Vectors, starts: list[Rows], ends: list[Rows]) -> Speeds:
    """The changes of all shards, counted for each of them."""
    taken = [_all_rows(end - start) for start, end in zip(starts, ends, strict=True)]

    def combine() -> None:
        for start, of_shard in zip(starts, taken, strict=True):
            combiner = Combiner(start, vectors.dim)
            for _ in range(vectors.shards):
                combiner.add(of_shard)
            combiner.result()

    return vectors.timed(vectors.shards * _bytes(starts), combine)


def storing(vectors: Vectors, starts: list[Rows]) -> Speeds:
    """Into files of a folder for temporary files."""
    with _store() as store:
        yield from vectors.timed(_bytes(starts), lambda: _stored(store, starts))


def loading(vectors: Vectors, starts: list[Rows]) -> Speeds:
    """Out of files that were just written, so that no disk is waited for."""
    with _store() as store:
        digests = _stored(store, starts)

        def load() -> None:
            for block, digest in enumerate(digests):
                store.read(str(block), digest)

        yield from vectors.timed(_bytes(starts), load)


def sending(vectors: Vectors, protocol: str, blocks: int) -> Speeds:
    """What each of two Dask workers receives from the other, both at the same time."""
    distributed = package("distributed", "dask")
    security = distributed.Security.temporary() if protocol == "tls" else None
    rows = 2 * vectors.words // blocks
    cluster = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        memory_limit=0,
        protocol=f"{protocol}://",
        security=security,
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    )
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        for number in range(vectors.times):
            yield _exchange(client, number, blocks, (rows, vectors.dim + 1))


def _exchange(client: Any, number: int, blocks: int, shape: tuple[int, int]) -> float:
    """Bytes a second of so many blocks each way."""
    workers = sorted(client.nthreads())

    def submit(worker: str, function: Callable[..., Any], *given: Any) -> Any:
        return client.submit(function, *given, workers=[worker], pure=False)

    made = [[submit(each, changed_block, number, shape) for _ in range(blocks)] for each in workers]
    for future in [submit(*each) for each in _pairs(workers, made)]:
        future.result(timeout=_PATIENCE)  # all are there
    began = time.perf_counter()
    received = [submit(*each) for each in _pairs(workers, reversed(made))]
    found = [future.result(timeout=_PATIENCE) for future in received]
    seconds = time.perf_counter() - began
    return min(found) / seconds


def _pairs(workers: list[str], made: Any) -> Iterator[tuple[Any, ...]]:
    """What is submitted so that each worker looks at some blocks."""
    for worker, blocks in zip(workers, made, strict=True):
        yield worker, n_bytes_of, *blocks


def changed_block(seed: int, shape: tuple[int, int]) -> Changes:
    """The changes of a shard that changed all rows of a block; a task of a worker."""
    rng = np.random.default_rng(seed)
    return _all_rows(rng.standard_normal(shape, np.float32))


def n_bytes_of(*blocks: Changes) -> int:
    """The bytes of the rows that arrived; a task of a worker."""
    return sum(block.values.nbytes for block in blocks)


def _all_rows(values: Rows) -> Changes:
    return Changes(np.arange(len(values), dtype=np.int32), values)


def _bytes(rows: list[Rows]) -> int:
    return sum(block.nbytes for block in rows)


def _trained(table: VectorTable, starts: list[Rows]) -> list[Rows]:
    """The table's blocks after every row was changed."""
    rng = np.random.default_rng(2)
    for block, start in enumerate(starts):
        table.write(block, start + rng.standard_normal(start.shape, np.float32))
    return [table.read(block) for block in range(table.blocks)]


@contextmanager
def _store() -> Iterator[Store]:
    """Where nodes would meet."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder_at(folder))
        store.create()
        yield store


def _stored(store: Store, rows: list[Rows]) -> list[str]:
    """Blocks written by their numbers; their digests."""
    return [store.write(str(number), block) for number, block in enumerate(rows)]
