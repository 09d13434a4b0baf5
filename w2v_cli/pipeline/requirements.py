"""The memory and disk that a run needs; and whether the machine has them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from w2v_cli.config import Settings
from w2v_cli.core.batch_builder import BatchBuilder, batches_at_once
from w2v_cli.core.batches import Gradient
from w2v_cli.core.choices import OPTIMIZERS
from w2v_cli.core.kernels import Kernel
from w2v_cli.core.row_sums import RowSums
from w2v_cli.core.segments import SegmentTable
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.errors import RunError, W2VError
from w2v_cli.pipeline.assembly import round_plan, slows_given
from w2v_cli.resources import available_memory, free_disk, resident_memory
from w2v_cli.training.engine.chunks import chunk_bounds, text_shape
from w2v_cli.training.engine.composed_rows import ComposedRows
from w2v_cli.training.engine.step_gradients import StepGradients
from w2v_cli.training.engine.step_plan import StepPlan
from w2v_cli.training.run.validation import HELD_OUT_CHUNKS

__all__ = [
    "COPIES_OF_ROUNDS",
    "PROCESSES_OF_NODE",
    "DiskNeed",
    "MemoryNeed",
    "check_disk",
    "check_memory",
    "check_room",
    "disk_need",
    "memory_need",
]

COPIES_OF_ROUNDS = 4  # of the vectors: a shard's own, the start of a round, changes, their sum

PROCESSES_OF_NODE = 150 << 20  # bytes of a worker of Dask and of an interpreter, measured

_WORKER = 4 << 20  # bytes of a forked interpreter that it does not share, measured
_PREPARING = 64  # bytes for each token of the chunk that a worker prepares
_SAVING = 16 << 20  # bytes of a checkpoint written at a time
_NGRAMS = 24  # of a word, about, and
_SHARED = 4  # words that have the same one
_METRICS = 6_000  # bytes of metrics.jsonl for an epoch
_CERTAIN = 1.2  # a need this many times what there is cannot be an error of the estimate


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes that training holds at its peak, all processes together."""

    parameters: int  # with what the optimiser remembers, and the rows of n-grams
    gradients: int  # of the micro-batches of a step, a row for each token and negative
    shard: int  # the text being trained
    workers: int  # buffers of the processes
    held_out: int  # what measures the held-out loss, and the best epoch's vectors
    saving: int  # while a checkpoint or the vectors are written
    process: int  # what this process holds already
    corpus: int  # mapped from the cache; the system takes it back when it must

    @property
    def needed(self) -> int:
        """Bytes that must still be found."""
        held = self.parameters + self.gradients + self.shard + self.workers
        return held + self.held_out + self.saving

    @property
    def peak(self) -> int:
        """Bytes in all."""
        return self.needed + self.process + self.corpus


@dataclass(frozen=True)
class DiskNeed:
    """Bytes that the run folder takes."""

    vectors: int  # vectors.npy, outside.npy and subwords.npz
    checkpoints: int
    others: int  # vocab.tsv, left_out.tsv and metrics.jsonl

    @property
    def peak(self) -> int:
        """Bytes in all; one checkpoint too many, while it is written, has the vectors' place."""
        return self.vectors + self.checkpoints + self.others

    @property
    def least(self) -> int:
        """Bytes without which no run can end: one checkpoint, and the vectors."""
        return 2 * self.vectors


def memory_need(settings: Settings, plan: StepPlan, corpus: EncodedCorpus) -> MemoryNeed:
    """The memory to train on a corpus with these steps: what each class says it allocates."""
    layout, dim, dense = plan.layout, settings.model.dim, plan.objective.dense
    rounds, held_out = round_plan(settings), settings.training.held_out or 1.0
    bounds = chunk_bounds(
        corpus.sentence_starts, min(held_out, rounds.largest_part if rounds else 1.0)
    )
    chunks, capacity = text_shape(bounds, layout)
    kept = plan.tokens_per_epoch / corpus.n_tokens
    own = max(-(-plan.micro_batches // plan.workers), batches_at_once(layout))
    kernel = _kernel_bytes(settings, plan)
    table = SegmentTable.nbytes(layout, kept * chunks * capacity)
    building = BatchBuilder.nbytes(layout, own, plan.words) + RowSums.nbytes(dim)
    worker = kernel + table + max(building, _PREPARING * capacity)
    forked = (plan.workers - 1) * _WORKER
    trained, composing = _trained_bytes(settings, plan)
    sizes = layout, plan.micro_batches, plan.words, dim
    update = StepGradients.update_nbytes(*sizes, dense=dense) + composing
    free, mapped = update + plan.workers * building, 4 * corpus.n_tokens
    return MemoryNeed(
        # With rounds also their start, the changes of a shard and the sum of all.
        parameters=trained * (COPIES_OF_ROUNDS if rounds else 1),
        gradients=StepGradients.nbytes(*sizes, dense=dense),
        shard=int(chunks * capacity * (4 + 4 * kept)),
        workers=plan.workers * worker + forked + update + _tables(corpus, plan),
        # Between steps, when what building and the update took is free again.
        held_out=max(0, _held_out_bytes(settings, plan, trained + kernel, bounds) - free),
        saving=max(0, min(trained, _SAVING) - free),
        process=resident_memory(without_files=mapped),
        corpus=mapped,
    )


def _kernel_bytes(settings: Settings, plan: StepPlan) -> int:
    """Bytes of a kernel with its model and objective."""
    layout, dim = plan.layout, settings.model.dim
    parts = plan.model.nbytes(layout, dim) + plan.objective.nbytes(layout, plan.words, dim)
    return Kernel.nbytes(layout, dim) + parts


def _trained_bytes(settings: Settings, plan: StepPlan) -> tuple[int, int]:
    """Bytes of all that is trained; and of composing the input vectors of a step."""
    dim, composing = settings.model.dim, 0
    inputs = plan.words + _ngram_rows(settings, plan.words)
    if settings.model.subwords.enabled:
        rows = _NGRAMS * plan.words
        most = min(plan.words, plan.micro_batches * plan.layout.tokens)
        # The rows of each word, while they are numbered and then.
        composing = ComposedRows.nbytes(most, dim, _NGRAMS * most) + 48 * rows
    arrays = 8 * plan.words * dim + 4 * dim * (inputs if inputs > plan.words else 0)
    remembered = OPTIMIZERS[settings.training.optimizer].remembers
    slowed = slows_given(settings)
    return arrays + 4 * (inputs + plan.words) * (remembered + slowed), composing


def _ngram_rows(settings: Settings, words: int) -> int:
    """Rows of the n-grams of so many words; 0 where input vectors are not composed of them."""
    subwords = settings.model.subwords
    return min(_NGRAMS * words // _SHARED, subwords.buckets) if subwords.enabled else 0


def _held_out_bytes(
    settings: Settings, plan: StepPlan, copies: int, bounds: npt.NDArray[np.int64]
) -> int:
    """Bytes that measuring the held-out loss and keeping the best epoch take; 0 without."""
    if not settings.training.held_out:
        return 0
    layout, dim = plan.layout, settings.model.dim
    gradient = Gradient.nbytes(layout, plan.words, dim, dense=plan.objective.dense)
    chunks, capacity = text_shape(bounds, layout)
    read = min(HELD_OUT_CHUNKS, max(1, round(settings.training.held_out * chunks)))
    return copies + gradient + BatchBuilder.nbytes(layout, 1, plan.words) + 8 * read * capacity


def _tables(corpus: EncodedCorpus, plan: StepPlan) -> int:
    """Bytes of what is known of every type and every word, and of who updates it."""
    return 12 * len(corpus.type_counts) + plan.words * (32 + 3 * plan.workers)


def disk_need(settings: Settings, words: int, left_out: int = 0) -> DiskNeed:
    """The disk that the folder of a run takes; `left_out` words were seen but not kept."""
    dim, rows = settings.model.dim, _ngram_rows(settings, words)
    vectors = 8 * words * dim
    checkpoint = vectors + 4 * dim * (words + rows if rows else 0)
    others = 16 * (words + left_out) + _METRICS * settings.training.epochs
    kept = settings.checkpoint.keep + (settings.training.held_out > 0)  # one of the best epoch
    return DiskNeed(vectors + 4 * dim * rows, kept * checkpoint, others)


def check_room(settings: Settings, plan: StepPlan, corpus: EncodedCorpus, path: Path) -> None:
    """Make sure that there is memory and disk for a run in the folder `path`.

    Refuses only what clearly cannot fit.

    Raises:
        W2VError: there is not enough memory.
        RunError: there is not enough disk.
    """
    check_memory(memory_need(settings, plan, corpus), available_memory())
    left_out = max(len(corpus.type_counts) - plan.words, 0)
    check_disk(disk_need(settings, plan.words, left_out), path, free_disk(path))


def check_memory(need: MemoryNeed, available: int | None) -> None:
    """Make sure that there is memory.

    Raises:
        W2VError: there clearly is not.
    """
    if available is not None and need.needed > _CERTAIN * available:
        raise W2VError(
            f"training needs about {_size(need.needed)} of memory, and {_size(available)} are "
            f"available: the parameters take {_size(need.parameters)}, the gradients of a step "
            f"{_size(need.gradients)}; lower model.dim or training.tokens_per_step, or raise "
            "vocabulary.min_count"
        )


def check_disk(need: DiskNeed, path: Path, free: int | None) -> None:
    """Make sure that there is disk; what the folder holds already may be replaced.

    Raises:
        RunError: not even one checkpoint and the vectors would fit.
    """
    held = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    if free is not None and need.least > free + held:
        raise RunError(
            f"{path}: the run needs at least {_size(need.least)} of disk, and {_size(free)} are "
            "free: lower model.dim, raise vocabulary.min_count, or choose another --out"
        )


def _size(n_bytes: int) -> str:
    if n_bytes >= 1e9:
        return f"{n_bytes / 1e9:,.1f} GB"
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:,.1f} kB"
