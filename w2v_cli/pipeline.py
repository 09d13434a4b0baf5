"""Where settings become objects: the one module that knows both.

A command calls a function or two of this module; a Python program can do the same.
"""

import hashlib
import json
import math
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli import __version__
from w2v_cli.config import Settings, load_settings, to_dict, to_yaml
from w2v_cli.core import sampling, schedules
from w2v_cli.core.batches import BatchBuilder
from w2v_cli.core.kernels import Kernel
from w2v_cli.core.models import Cbow, Model, SkipGram
from w2v_cli.core.objectives import NaiveSoftmax, NegativeSampling, Objective
from w2v_cli.core.segments import Layout, choose_layout
from w2v_cli.data.encoding import EncodedCorpus, default_cache, encode_corpus
from w2v_cli.data.vocabulary import Vocabulary, build_vocabulary
from w2v_cli.errors import RunError, UsageError
from w2v_cli.files import replacing
from w2v_cli.training.run_folder import RunFolder
from w2v_cli.training.session import Progress, Session
from w2v_cli.training.shards import Shards, Text
from w2v_cli.training.trainer import Trainer
from w2v_cli.training.workers import shared_array

__all__ = ["Run", "new_run", "read_corpus", "resumed_settings"]

ENGINE = 1  # raised whenever the same settings begin to give other bytes

# Settings that do not change the result: a run may be resumed with others.
_FREE = ("training.workers", "corpus.cache", "checkpoint.every_minutes", "checkpoint.every_steps",
         "checkpoint.keep")  # fmt: skip


def read_corpus(
    settings: Settings, progress: Callable[[int, int], None] | None = None
) -> EncodedCorpus:
    """The encoded corpus, from the cache if it is there; progress takes (bytes, of bytes)."""
    corpus = settings.corpus
    return encode_corpus(
        corpus.paths,
        encoding=corpus.encoding,
        errors=corpus.errors,
        tokenizer=corpus.tokenizer,
        lowercase=corpus.lowercase,
        scan_limit=settings.vocabulary.scan_limit,
        cache=Path(corpus.cache) if corpus.cache is not None else default_cache(),
        workers=available_workers(settings),
        progress=progress,
    )


def available_workers(settings: Settings) -> int:
    """The number of workers asked for, or of processors that this process may use."""
    if settings.training.workers is not None:
        return settings.training.workers
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Run:
    """A run about to be trained, resumed or finished."""

    settings: Settings
    folder: RunFolder
    corpus: EncodedCorpus
    vocabulary: Vocabulary
    parameters: npt.NDArray[np.float32]  # (V, 2, D)
    session: Session
    baseline: float  # loss of vectors that know nothing, nats a pair
    batches_per_step: int
    tokens_per_step: int

    @property
    def workers(self) -> int:
        """Processes that train."""
        return min(available_workers(self.settings), self.batches_per_step)

    def train(self) -> Iterator[Progress]:
        """Train to the end or until `session.stop_requested`."""
        return self.session.run()

    def finish(self, timings: Mapping[str, float]) -> dict[str, Any]:
        """Write the vectors and run.json; return what run.json says."""
        self.folder.write_vectors(self.parameters)
        record = self._record(timings)
        self.folder.write_record(record)
        return record

    def _record(self, timings: Mapping[str, float]) -> dict[str, Any]:
        session, settings = self.session, self.settings
        train_seconds = session.tally.train_seconds
        words = int(self.vocabulary.counts.sum())
        return {
            "versions": _versions(),
            "seed": settings.training.seed,
            "workers": available_workers(settings),
            "words": words,
            "vocabulary": len(self.vocabulary.words),
            "corpus": {
                "paths": list(settings.corpus.paths),
                "tokens": self.corpus.n_tokens,
                "sentences": self.corpus.n_sentences,
            },
            "hashes": {
                **_fingerprint(settings, self.corpus, self.vocabulary),
                "vectors": _sha256(self.folder.vectors.read_bytes()),
            },
            "epochs": settings.training.epochs,
            "steps": session.position.steps_done,
            "epoch_losses": session.tally.epoch_losses,
            "baseline": self.baseline,
            "words_per_second": words * settings.training.epochs / max(train_seconds, 1e-9),
            "timings": {**timings, "train_seconds": train_seconds},
        }


def new_run(settings: Settings, corpus: EncodedCorpus, folder: RunFolder, *, resume: bool) -> Run:
    """A run in its folder, at its beginning or, with `resume`, at its newest checkpoint.

    Raises:
        CorpusError: the corpus leaves no vocabulary.
        RunError: the checkpoint is damaged, or of other data than these.
    """
    vocabulary, word_ids = build_vocabulary(
        corpus, settings.vocabulary.min_count, settings.vocabulary.max_size
    )
    counts = vocabulary.counts
    parameters = shared_array((len(counts), 2, settings.model.dim), np.float32)
    keep = sampling.keep_probability(counts, settings.subsample.threshold)
    softmax = settings.objective.name == "naive_softmax"
    layout, batches_per_step = choose_layout(
        float((counts * keep).sum()),
        settings.model.window,
        settings.model.dim,
        settings.training.tokens_per_step,
    )
    trainer = _trainer(
        settings, corpus, counts, word_ids, keep, parameters, layout, batches_per_step
    )
    baseline = (
        math.log(len(counts)) if softmax else (settings.objective.negatives + 1) * math.log(2)
    )
    session = Session(
        trainer,
        folder,
        parameters,
        fingerprint=_fingerprint(settings, corpus, vocabulary),
        baseline=baseline,
        words_per_epoch=int(counts.sum()),
        epochs=settings.training.epochs,
        checkpoint_seconds=settings.checkpoint.every_minutes * 60,
        checkpoint_steps=settings.checkpoint.every_steps,
        keep=settings.checkpoint.keep,
    )
    if not (resume and session.restore()):
        folder.clear()
        sampling.initial_parameters(parameters, settings.training.seed)
    with replacing(folder.config, "w") as file:
        file.write(to_yaml(settings))
    vocabulary.write(folder.vocabulary)
    return Run(
        settings,
        folder,
        corpus,
        vocabulary,
        parameters,
        session,
        baseline,
        batches_per_step,
        batches_per_step * layout.centers,
    )


def resumed_settings(folder: RunFolder, settings: Settings | None, workers: int | None) -> Settings:
    """The settings with which a run goes on: its own, with other workers if so told.

    Raises:
        RunError: there is no run, or `settings` are given and would change its result.
    """
    if not folder.is_run():
        raise RunError(f"{folder.path}: no run to resume; leave out --resume to start one")
    flags = {"training.workers": workers}
    own = load_settings(folder.config, flags=flags).settings
    if settings is None:
        return own
    ours, theirs = _flat(to_dict(own)), _flat(to_dict(settings))
    differing = [key for key in ours if ours[key] != theirs[key] and key not in _FREE]
    if differing:
        changes = "; ".join(f"{key} was {ours[key]}, now {theirs[key]}" for key in differing)
        raise UsageError(
            f"{folder.path}: cannot be resumed with settings that change its result: {changes}"
        )
    return settings


def _trainer(
    settings: Settings,
    corpus: EncodedCorpus,
    counts: npt.NDArray[np.int64],
    word_ids: npt.NDArray[np.int32],
    keep: npt.NDArray[np.float64],
    parameters: npt.NDArray[np.float32],
    layout: Layout,
    batches_per_step: int,
) -> Trainer:
    training, objective = settings.training, settings.objective
    known = word_ids >= 0
    keep_type = np.where(known, keep[word_ids], 0).astype(np.float32)
    text = Text(
        corpus.tokens,
        corpus.sentence_starts,
        np.where(known, word_ids, 0).astype(np.int32),
        keep_type,
    )
    cbow = settings.model.architecture == "cbow"
    others = objective.negatives if objective.name == "negative_sampling" else 1
    targets = 1 if cbow else _mean_contexts(settings)
    present = counts * keep / (counts * keep).sum()
    expected_pairs = present * batches_per_step * layout.centers * targets * (1 + others)
    builder = BatchBuilder(
        layout,
        sampling.importance_weights(counts, keep, objective.noise_exponent),
        others,
        np.float32,
        target_is_center=cbow,
    )
    return Trainer(
        Shards(text, layout, training.seed, dynamic_window=settings.model.dynamic_window),
        layout,
        builder,
        _kernel(settings, layout),
        parameters,
        _learning_rate(settings),
        kappa=training.kappa,
        expected_pairs=expected_pairs,
        batches_per_step=batches_per_step,
        epochs=training.epochs,
        tokens_per_epoch=corpus.n_tokens,
        workers=min(available_workers(settings), batches_per_step),
    )


def _mean_contexts(settings: Settings) -> float:
    """Context words of a centre far from any sentence's end, on average."""
    window = settings.model.window
    return window + 1 if settings.model.dynamic_window else 2 * window


def _kernel(settings: Settings, layout: Layout) -> Kernel:
    """Model × objective."""
    dim, dtype = settings.model.dim, np.float32
    model: Model = (
        SkipGram(layout, dim, dtype)
        if settings.model.architecture == "skipgram"
        else Cbow(
            layout,
            dim,
            dtype,
            mean=settings.model.combine == "mean",
            exact=settings.model.cbow_gradient == "exact",
        )
    )
    objective: Objective = (
        NegativeSampling(layout, dim, dtype)
        if settings.objective.name == "negative_sampling"
        else NaiveSoftmax(layout, dim, dtype)
    )
    return Kernel(model, objective, layout, dim, dtype)


def _learning_rate(settings: Settings) -> Callable[[float, int], float]:
    """The learning rate at (progress, steps done)."""
    training = settings.training
    start, floor = training.learning_rate, training.min_learning_rate
    if training.schedule == "linear":
        return lambda progress, _: schedules.linear(start, floor, progress)
    if training.schedule == "step":
        return lambda _, steps: schedules.halving(start, floor, steps, training.step_size)
    return lambda *_: start


def _fingerprint(
    settings: Settings, corpus: EncodedCorpus, vocabulary: Vocabulary
) -> dict[str, str]:
    """Hashes of all that decides the result of a run."""
    flat = _flat(to_dict(settings))
    decisive = {key: value for key, value in flat.items() if key not in (*_FREE, "corpus.paths")}
    words = "\n".join(vocabulary.words).encode() + vocabulary.counts.tobytes()
    return {
        "engine": str(ENGINE),
        "corpus": corpus.digest,
        "vocabulary": _sha256(words),
        "settings": _sha256(json.dumps(decisive, sort_keys=True).encode()),
    }


def _flat(nested: Mapping[str, Any]) -> dict[str, Any]:
    """{"section": {"name": value}} as {"section.name": value}."""
    return {
        f"{section}.{name}": value
        for section, part in nested.items()
        for name, value in part.items()
    }


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _versions() -> dict[str, str]:
    """What computed the result: the same versions on the same processor give the same bytes."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "w2v": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "blas_kernel": os.environ.get("OPENBLAS_CORETYPE", "detected"),
        "platform": platform.platform(),
    }
