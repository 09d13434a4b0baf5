"""A run from its settings to its files.

A command calls a function or two of this module; a Python program can do the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from w2v_cli.config import Settings, load_settings, to_yaml
from w2v_cli.core.subwords import NgramRange
from w2v_cli.data.encoding import EncodedCorpus, default_cache, encode_corpus
from w2v_cli.data.vocabulary import Vocabulary, build_vocabulary
from w2v_cli.durations import seconds
from w2v_cli.errors import RunError, UsageError
from w2v_cli.files import replacing
from w2v_cli.pipeline.assembly import Engine, available_workers, build_engine, plan_steps
from w2v_cli.pipeline.provenance import decisive, file_sha256, fingerprint_of, versions
from w2v_cli.pipeline.requirements import check_room
from w2v_cli.training.run.guard import Guard
from w2v_cli.training.run.observers import Observers
from w2v_cli.training.run.progress import Progress
from w2v_cli.training.run.run_folder import RunFolder
from w2v_cli.training.run.save_times import SaveTimes
from w2v_cli.training.run.session import Session
from w2v_cli.training.run.time_limit import TimeLimit
from w2v_cli.vectors.formats.subwords_file import write_subwords
from w2v_cli.vectors.subword_vectors import SubwordVectors

if TYPE_CHECKING:
    from w2v_cli.evaluation.benchmarks import Benchmark

__all__ = ["Run", "check_resumable", "extended", "new_run", "read_corpus"]


def read_corpus(
    settings: Settings, progress: Callable[[int, int], None] | None = None
) -> EncodedCorpus:
    """The encoded corpus, from the cache if it is there; progress takes (bytes, of bytes)."""
    corpus, machine = settings.corpus, settings.machine
    return encode_corpus(
        corpus.paths,
        encoding=corpus.encoding,
        errors=corpus.errors,
        tokenizer=corpus.tokenizer,
        lowercase=corpus.lowercase,
        scan_limit=settings.vocabulary.scan_limit,
        cache=Path(settings.machine.cache)
        if settings.machine.cache is not None
        else default_cache(),
        cache_bytes=round(machine.cache_gib * 2**30),
        workers=available_workers(settings),
        progress=progress,
    )


@dataclass(frozen=True)
class Run:
    """A run about to be trained, resumed or finished."""

    settings: Settings
    folder: RunFolder
    corpus: EncodedCorpus
    vocabulary: Vocabulary
    engine: Engine
    session: Session

    def train(self, seconds_used: float = 0.0) -> Iterator[Progress]:
        """Train to the end or until `session.stop_requested`.

        `seconds_used` so far count for `training.max_time`.

        Raises:
            Diverged: the vectors are not finite, or absurdly long; what was saved is good.
        """
        return self.session.run(seconds_used)

    def finish(self, timings: Mapping[str, float]) -> dict[str, Any]:
        """Write the vectors, those of the best epoch if it is known, and run.json.

        Returns what run.json says.

        Raises:
            RunError: a vector is not finite, so that nothing is written.
        """
        self.engine.trainer.complete()
        self.session.keep_best()
        fault = Guard(self.engine.parameters, self.vocabulary.words).fault()
        if fault is not None:
            raise RunError(
                f"{self.folder.path}: training diverged: {fault}; train again with a smaller "
                "training.learning_rate or training.max_pair_rate"
            )
        self.folder.write_vectors(self.engine.parameters)
        self._write_subwords()
        record = self._record(timings)
        self.folder.write_record(record)
        return record

    def _write_subwords(self) -> None:
        """Write the vectors of n-grams, where input vectors are composed of them."""
        trained = self.engine.trained
        if trained.word_rows is None or trained.rows is None:
            return
        subwords = self.settings.model.subwords
        ngrams = NgramRange(subwords.min, subwords.max, subwords.buckets)
        vectors = trained.rows[trained.word_rows.words :]
        with replacing(self.folder.subwords, durable=True) as file:
            write_subwords(file, SubwordVectors(ngrams, trained.word_rows.buckets, vectors))

    def _record(self, timings: Mapping[str, float]) -> dict[str, Any]:
        session, settings = self.session, self.settings
        train_seconds = session.tally.train_seconds
        words = int(self.vocabulary.counts.sum())
        return {
            "versions": versions(),
            "seed": settings.training.seed,
            "workers": self.engine.plan.workers,
            "words": words,
            "vocabulary": len(self.vocabulary.words),
            "corpus": {
                "paths": list(settings.corpus.paths),
                "tokens": self.corpus.n_tokens,
                "sentences": self.corpus.n_sentences,
            },
            "hashes": {
                **fingerprint_of(settings, self.corpus, self.vocabulary),
                "vectors": file_sha256(self.folder.vectors),
            },
            "epochs": settings.training.epochs,
            "ended_early": session.ended_early,
            "extended_from": session.plans[:-1],
            "steps": session.position.steps_done,
            "epoch_losses": session.tally.epoch_losses,
            "held_out_losses": session.tally.held_out_losses,
            "best_epoch": session.best_epoch,
            "baseline": self.engine.baseline,
            "words_per_second": session.tally.words / max(train_seconds, 1e-9),
            "timings": {**timings, "train_seconds": train_seconds},
        }


def new_run(
    settings: Settings,
    corpus: EncodedCorpus,
    folder: RunFolder,
    *,
    resume: bool,
    benchmarks: "Sequence[Benchmark]" = (),
) -> Run:
    """A run in its folder, at its beginning or, with `resume`, at its newest checkpoint.

    The vectors are scored on the benchmarks after each epoch.

    Raises:
        CorpusError: the corpus leaves no vocabulary.
        RunError: the checkpoint is damaged, or of other data than these, or the disk too full.
        W2VError: there is not enough memory.
    """
    vocabulary, word_ids = build_vocabulary(
        corpus, settings.vocabulary.min_count, settings.vocabulary.max_size
    )
    plan = plan_steps(settings, corpus, vocabulary.counts)
    check_room(settings, plan, corpus, folder.path)
    engine = build_engine(settings, plan, corpus, vocabulary.words, word_ids)
    saving = settings.checkpoint
    session = Session(
        engine.trainer,
        folder,
        engine.trained.arrays,
        _observers(settings, engine, vocabulary, benchmarks),
        fingerprint=fingerprint_of(settings, corpus, vocabulary),
        baseline=engine.baseline,
        words_per_epoch=engine.words_per_epoch,
        epochs=settings.training.epochs,
        save_times=SaveTimes(saving.every_minutes * 60, saving.every_steps),
        keep=saving.keep,
    )
    restored = resume and session.restore()
    if resume and not restored and folder.is_finished():
        raise RunError(f"{folder.checkpoints}: holds no checkpoint, so the run cannot be extended")
    if not restored:
        engine.begin(settings.training.seed)
    if resume:
        folder.reopen(to_yaml(settings))
    else:
        folder.begin(to_yaml(settings))
    folder.write_vocabulary(vocabulary.words, vocabulary.counts)
    return Run(settings, folder, corpus, vocabulary, engine, session)


def _observers(
    settings: Settings, engine: Engine, vocabulary: Vocabulary, benchmarks: "Sequence[Benchmark]"
) -> Observers:
    """All who look at the run while it trains."""
    training, parameters = settings.training, engine.parameters

    def score() -> dict[str, float | None]:
        from w2v_cli.evaluation.scoring import headline
        from w2v_cli.evaluation.scoring import score as score_vectors
        from w2v_cli.vectors.word_vectors import WordVectors

        vectors = WordVectors(vocabulary.words, np.ascontiguousarray(parameters[:, 0]))
        results = score_vectors(vectors, benchmarks, intervals=False)
        names = [str(benchmark.path) for benchmark in benchmarks]
        return dict(zip(names, map(headline, results), strict=True))

    limit = None if training.max_time is None else seconds(training.max_time)
    return Observers(
        Guard(parameters, vocabulary.words),
        engine.held_out,
        training.patience,
        score if benchmarks else None,
        None if limit is None else TimeLimit(limit, parameters.nbytes),
    )


def check_resumable(folder: RunFolder, settings: Settings) -> None:
    """Make sure that these settings do not change the result of the run in the folder.

    Raises:
        UsageError: they do; it names them.
    """
    was, now = decisive(load_settings(folder.config).settings), decisive(settings)
    differing = [key for key in was if was[key] != now[key]]
    if differing:
        changes = "; ".join(f"{key} was {was[key]}, now {now[key]}" for key in differing)
        raise UsageError(
            f"{folder.path}: cannot be resumed with settings that change its result: {changes}"
        )


def extended(folder: RunFolder, settings: Settings, epochs: int) -> Settings:
    """The settings of the finished run in the folder with so many more epochs.

    Raises:
        UsageError: the run is not finished, or there would be too many epochs.
    """
    if not folder.is_finished():
        raise UsageError(f"{folder.path}: is not finished; go on with --resume before extending it")
    reason = folder.read_record().get("ended_early")
    if reason is not None:
        raise UsageError(
            f"{folder.path}: ended before its last epoch, by {reason}, so that its schedule cannot "
            "be extended; start a new run"
        )
    total = settings.training.epochs + epochs
    load_settings(folder.config, (), {"training.epochs": total})  # is it within bounds
    return replace(settings, training=replace(settings.training, epochs=total))
