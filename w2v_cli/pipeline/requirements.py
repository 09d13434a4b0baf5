"""The memory and disk that a run needs, and whether the machine has them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from w2v_cli.config import Settings
from w2v_cli.core.batch_builder import BatchBuilder, batches_at_once
from w2v_cli.core.batches import Gradient
from w2v_cli.core.choices import OPTIMIZERS
from w2v_cli.core.composition import Composition
from w2v_cli.core.kernels import Kernel
from w2v_cli.core.row_sums import RowSums
from w2v_cli.core.sampling import noise_distribution
from w2v_cli.core.segments import PortionText, SegmentTable, largest_step
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.errors import RunError, W2VError
from w2v_cli.pipeline.steps import round_plan
from w2v_cli.pipeline.trained import joins_parts, slows_given
from w2v_cli.resources import available_memory, free_disk, resident_memory
from w2v_cli.training.engine.chunks import Chunks, chunk_bounds, text_shape
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
_MODULES = 1 << 20  # bytes of modules that are loaded while it trains, measured
_NGRAMS = 24  # of a word, about
_SHARED = 4  # words that have the same n-gram, about
_NUMBERED = 32  # bytes of the number of a row of a word, all tables together
_JOINED = 1.7  # rows of n-grams for each word, about, where those of the same words are joined
_METRICS = 6_000  # bytes of metrics.jsonl for an epoch
_CERTAIN = 1.2  # times what is available: more cannot be an error of the forecast


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes that training holds at its peak, all processes together."""

    parameters: int  # with what the optimizer remembers, and the rows of n-grams
    gradients: int  # of the micro-batches of a step, a row for each token and negative
    shard: int  # the text of a portion
    workers: int  # buffers of the processes
    held_out: int  # what measures the held-out loss, and the best epoch's vectors
    process: int  # what this process holds already
    libraries: int  # program code, which other processes may share
    corpus: int  # mapped from the cache; the system takes it back when it must

    @property
    def needed(self) -> int:
        """Bytes that must still be found."""
        held = self.parameters + self.gradients + self.shard + self.workers
        return held + self.held_out

    @property
    def own(self) -> int:
        """Bytes at the peak that are in no file."""
        return self.needed + self.process

    @property
    def peak(self) -> int:
        """Bytes in all."""
        return self.own + self.libraries + self.corpus


@dataclass(frozen=True)
class DiskNeed:
    """Bytes that the run folder takes."""

    vectors: int  # vectors.npy, outside.npy and subwords.npz
    checkpoints: int
    others: int  # vocab.tsv, left_out.tsv and metrics.jsonl

    @property
    def peak(self) -> int:
        """Bytes in all. While there is one checkpoint too many, there are no vectors yet."""
        return self.vectors + self.checkpoints + self.others

    @property
    def least(self) -> int:
        """Bytes without which no run can end: one checkpoint, and the vectors."""
        return 2 * self.vectors


def memory_need(settings: Settings, plan: StepPlan, corpus: EncodedCorpus) -> MemoryNeed:
    """The memory to train on a corpus with these steps: what each class says it allocates."""
    layout, rounds = plan.layout, round_plan(settings)
    held_out = settings.training.held_out or 1.0
    kept = plan.tokens_per_epoch / corpus.n_tokens
    largest_part = min(held_out, rounds.largest_part if rounds else 1.0)
    bounds = chunk_bounds(corpus.sentence_starts, largest_part)
    chunks, capacity = text_shape(bounds, layout)
    trained = _trained_bytes(settings, plan)
    update, resident = _update_bytes(settings, plan), resident_memory()
    mapped = 4 * corpus.n_tokens
    last_only = settings.training.epochs == 1  # the held-out loss is measured after all updates
    measuring = _held_out_bytes(settings, plan, trained, bounds)
    return MemoryNeed(
        # With rounds also their start, the changes of a shard and the sum of all.
        parameters=trained * (COPIES_OF_ROUNDS if rounds else 1),
        gradients=StepGradients.nbytes(
            layout,
            _largest_step(settings, plan),
            plan.words,
            settings.model.dim,
            dense=plan.objective.dense,
        ),
        shard=PortionText.nbytes(chunks, capacity, kept),
        workers=_workers_bytes(
            settings,
            plan,
            kept * chunks * capacity,
            Chunks.nbytes(capacity, kept),
            prepared_once=last_only and chunks == len(bounds) - 1,
        )
        + update
        + _MODULES
        + _tables(corpus, plan),
        held_out=max(0, measuring - update) if last_only else measuring,
        process=resident.own,
        libraries=max(0, resident.files - mapped),
        corpus=mapped,
    )


def _workers_bytes(
    settings: Settings, plan: StepPlan, tokens: float, preparing: int, *, prepared_once: bool
) -> int:
    """Bytes of what each process has for itself, with so many tokens in a portion.

    `preparing` a chunk of text takes memory before a portion's first step, building micro-batches
    later. Text that is `prepared_once`, for the whole run, is prepared before a kernel has touched
    its buffers.
    """
    at_once = max(_largest_step(settings, plan), plan.workers * batches_at_once(plan.layout))
    there_are = -(-int(tokens) // plan.layout.centers)
    own = -(-min(at_once, there_are) // plan.workers)
    building = BatchBuilder.nbytes(plan.layout, own, plan.words, _coincidence(settings, plan))
    kernel = _kernel_bytes(settings, plan) + RowSums.nbytes(settings.model.dim)
    each = kernel + max(building, preparing - kernel if prepared_once else preparing)
    each += SegmentTable.nbytes(plan.layout, tokens)
    return plan.workers * each + (plan.workers - 1) * _WORKER


def _coincidence(settings: Settings, plan: StepPlan) -> float:
    """The chance that a token of the text and a negative are the same word."""
    kept = plan.counts * plan.keep
    noise = noise_distribution(plan.frequencies, settings.objective.noise_exponent)
    return float(kept @ noise / kept.sum())


def _largest_step(settings: Settings, plan: StepPlan) -> int:
    """Micro-batches of the largest step that the run reaches; it touches no memory beyond."""
    tokens = settings.training.epochs * plan.tokens_per_epoch
    batches = tokens / plan.layout.centers
    return largest_step(plan.layout, batches, plan.micro_batches, plan.growth)


def _update_bytes(settings: Settings, plan: StepPlan) -> int:
    """Bytes that the update of the vectors takes while it lasts, in all processes together."""
    dim = settings.model.dim
    update = StepGradients.update_nbytes(plan.layout, _largest_step(settings, plan), dim)
    return update + _composing_bytes(settings, plan)


def _kernel_bytes(settings: Settings, plan: StepPlan) -> int:
    """Bytes of a kernel with its model and objective."""
    layout, dim = plan.layout, settings.model.dim
    parts = plan.model.nbytes(layout, dim) + plan.objective.nbytes(layout, plan.words, dim)
    return Kernel.nbytes(layout, dim) + parts


def _trained_bytes(settings: Settings, plan: StepPlan) -> int:
    """Bytes of all that is trained, with what the optimizer remembers."""
    dim, rows = settings.model.dim, _ngram_rows(settings, plan.words)
    inputs = plan.words + rows
    arrays = 8 * plan.words * dim + (4 * dim * inputs if rows else 0)
    remembered = OPTIMIZERS[settings.training.optimizer].remembers
    return arrays + 4 * (inputs + plan.words) * (remembered + slows_given(settings))


def _composing_bytes(settings: Settings, plan: StepPlan) -> int:
    """Bytes of composing the centre vectors of a step from n-grams; 0 without subwords."""
    if not settings.model.subwords.enabled:
        return 0
    tokens = _largest_step(settings, plan) * plan.layout.centers
    words = round(plan.distinct_words(tokens))
    step = ComposedRows.nbytes(words, settings.model.dim, _NGRAMS * words)
    each = Composition.nbytes(settings.model.dim)
    return step + plan.workers * each + _NUMBERED * _NGRAMS * plan.words


def _ngram_vectors(settings: Settings, words: int) -> int:
    """Vectors of the n-grams of so many words; 0 without subwords."""
    subwords = settings.model.subwords
    return min(_NGRAMS * words // _SHARED, subwords.buckets) if subwords.enabled else 0


def _ngram_rows(settings: Settings, words: int) -> int:
    """Rows that these n-grams are trained in."""
    vectors = _ngram_vectors(settings, words)
    return min(round(_JOINED * words), vectors) if joins_parts(settings) else vectors


def _held_out_bytes(
    settings: Settings, plan: StepPlan, trained: int, bounds: npt.NDArray[np.int64]
) -> int:
    """Bytes that measuring the held-out loss and keeping the best epoch take; 0 without."""
    if not settings.training.held_out:
        return 0
    layout, dim = plan.layout, settings.model.dim
    gradient = Gradient.nbytes(layout, plan.words, dim, dense=plan.objective.dense)
    measuring = _kernel_bytes(settings, plan) + gradient
    chunks, capacity = text_shape(bounds, layout)
    read = min(HELD_OUT_CHUNKS, max(1, round(settings.training.held_out * chunks)))
    building = BatchBuilder.nbytes(layout, 1, plan.words, _coincidence(settings, plan))
    return trained + measuring + building + PortionText.nbytes(read, capacity)


def _tables(corpus: EncodedCorpus, plan: StepPlan) -> int:
    """Bytes of what is known of every type, of every word, and of the worker that updates it."""
    return 12 * len(corpus.type_counts) + plan.words * (32 + 3 * plan.workers)


def disk_need(settings: Settings, words: int, left_out: int = 0) -> DiskNeed:
    """The disk that the folder of a run takes; `left_out` words were seen but not kept."""
    dim, rows = settings.model.dim, _ngram_rows(settings, words)
    vectors = 8 * words * dim
    checkpoint = vectors + 4 * dim * (words + rows if rows else 0)
    others = 16 * (words + left_out) + _METRICS * settings.training.epochs
    kept = settings.checkpoint.keep + (settings.training.held_out > 0)  # one of the best epoch
    ngrams = 4 * dim * _ngram_vectors(settings, words)
    return DiskNeed(vectors + ngrams, kept * checkpoint, others)


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
