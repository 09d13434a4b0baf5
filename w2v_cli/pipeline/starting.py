"""Runs started and resumed: all of it, from the settings to the files.

A command calls a function of this module; a Python program can do the same.
"""

import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from w2v_cli.config import Settings, to_yaml
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.vocabulary import Vocabulary, known_vocabulary, left_out
from w2v_cli.errors import RunError, UsageError
from w2v_cli.pipeline.assembly import build_engine
from w2v_cli.pipeline.continuing import continued_settings, extended
from w2v_cli.pipeline.initial_vectors import begin
from w2v_cli.pipeline.provenance import command, now
from w2v_cli.pipeline.reading import read_advised
from w2v_cli.pipeline.requirements import check_room
from w2v_cli.pipeline.results import finish, read_results
from w2v_cli.pipeline.run import Inputs, Run
from w2v_cli.pipeline.sharding import cluster_advice, in_rounds, with_shards
from w2v_cli.pipeline.start_vectors import StartVectors, make_vocabulary, read_start
from w2v_cli.pipeline.steps import plan_steps, with_learning_rate
from w2v_cli.pipeline.watch import Outcome, Watch
from w2v_cli.run_files import Facts
from w2v_cli.training.run.run_folder import RunFolder

if TYPE_CHECKING:
    from w2v_cli.evaluation.benchmarks import Benchmark

__all__ = ["open_run", "resume", "start"]


def start(
    settings: Settings,
    out: Path,
    *,
    force: bool = False,
    watch: Watch | None = None,
    given: Iterable[bytes] | None = None,
) -> Outcome:
    """Train a new run in the folder `out`; `force` replaces a run that is there.

    Pieces of text that are `given` take the place of standard input, the corpus `-`.

    Raises:
        W2VError: the run cannot be trained; `resume` continues from what was saved.
    """
    check_apart(settings, out)
    folder, benchmarks, config = RunFolder(out), _benchmarks(settings), to_yaml(settings)
    watch = watch or Watch()
    folder.create(force=force)
    with folder.locked(watch.warn):
        folder.create(force=force)  # again, now that nobody else can change it
        # From here on `resume` knows the settings. An older run stays until the corpus has
        # been read.
        begun = not folder.is_run()
        if begun:
            folder.begin(config)
        try:
            return _train(settings, folder, benchmarks, watch, given, resume=begun)
        finally:
            folder.abandon()


def resume(
    out: Path,
    settings: Settings | None = None,
    *,
    extend_epochs: int | None = None,
    watch: Watch | None = None,
    given: Iterable[bytes] | None = None,
) -> Outcome:
    """Continue the run in `out` to its end; or, if it is finished, for `extend_epochs` more.

    `settings` may differ from the run's own only where its result does not change. Pieces of
    text that are `given` take the place of standard input.

    Raises:
        UsageError: the settings change the result, or the run cannot be extended.
        W2VError: the run cannot be trained.
    """
    folder, watch = RunFolder(out), watch or Watch()
    if not folder.is_run():
        raise RunError(f"{out}: no run to continue; start one")
    with folder.locked(watch.warn):
        settings = continued_settings(folder, settings)
        if extend_epochs is not None:
            settings = extended(folder, settings, extend_epochs)
        elif folder.is_finished():
            return _finished(folder, read_results(folder), watch, was_finished=True)
        return _train(settings, folder, _benchmarks(settings), watch, given, resume=True)


def _benchmarks(settings: Settings) -> "list[Benchmark]":
    """The benchmarks on which vectors are scored, read before the long work."""
    files = settings.evaluation.files
    if not files:
        return []
    from w2v_cli.evaluation.benchmarks import read_benchmark

    return [read_benchmark(Path(file)) for file in files]


def _train(
    settings: Settings,
    folder: RunFolder,
    benchmarks: "Sequence[Benchmark]",
    watch: Watch,
    given: Iterable[bytes] | None,
    *,
    resume: bool,
) -> Outcome:
    """Read the corpus, train, and write the vectors."""
    began, started = time.perf_counter(), now()
    start = _start(settings, folder, watch.warn, resume=resume)
    watch.opening(settings)
    continues = resume and folder.is_saved()
    corpus = read_advised(settings, watch.reading, watch.warn, given, advice=not continues)
    read_seconds = time.perf_counter() - began
    run = open_run(settings, corpus, folder, resume=resume, benchmarks=benchmarks, start=start)
    del start  # what was given has been copied
    run.began = began
    run.state.read_seconds += read_seconds
    run.state.began = run.state.began or started
    run.state.commands.append(command())
    if corpus.pruned_types:
        watch.warn(
            f"{corpus.pruned_types:,} rare words were forgotten while reading "
            f"(vocabulary.scan_limit {settings.vocabulary.scan_limit:,}); counts may be "
            f"{corpus.undercount:,} too low"
        )
    for sentence in cluster_advice(run.settings, corpus, len(run.vocabulary.words)):
        watch.warn(sentence)
    _train_watched(run, watch)
    if not run.finished:
        return Outcome(folder, run.position.steps_done, None)
    watch.finishing(run)
    return _finished(folder, finish(run), watch)


def _train_watched(run: Run, watch: Watch) -> None:
    """Train the run to its end, or until `watch` asks it to stop or fails."""
    watch.training(run)
    with closing(run.train()) as steps:
        for progress in steps:
            try:
                watch.progress(progress)
            except Exception:
                run.save()
                raise
            if watch.stop_requested:
                run.request_stop()
    if run.cut_round and run.state.words:
        watch.warn(
            "the time was over within a round: what its shards trained is lost, and the vectors "
            "are those of the round before; shorter rounds lose less (cluster.rounds_per_epoch)"
        )


def _finished(
    folder: RunFolder, record: Facts, watch: Watch, *, was_finished: bool = False
) -> Outcome:
    """The outcome of a run that has come to its end; warns if little was learned."""
    loss = record["epoch_losses"][-1]
    if loss is None and record.get("words_trained") == 0:
        watch.warn(
            "nothing was learned: the time was over before the first round; try a larger "
            "training.max_time or more cluster.first_rounds"
        )
    elif loss is None:
        watch.warn(
            "nothing was learned: subsampling and rare words left no two words side by side; "
            "try subsample.threshold=0 or a smaller vocabulary.min_count"
        )
    elif loss >= record["baseline"]:
        watch.warn(
            "the loss of the last epoch is not below that of untrained vectors: little was "
            "learned; try a smaller training.learning_rate, or more text or epochs"
        )
    return Outcome(folder, record["steps"], record, was_finished)


def open_run(
    settings: Settings,
    corpus: EncodedCorpus,
    folder: RunFolder,
    *,
    resume: bool,
    benchmarks: "Sequence[Benchmark]" = (),
    start: StartVectors | None = None,
) -> Run:
    """A run in its folder, at its beginning or, with `resume`, at its newest checkpoint.

    `start` is what the settings say to start from, where it has been read already.

    Raises:
        CorpusError: the corpus leaves no vocabulary.
        RunError: the checkpoint is damaged, or of other data than these, or the disk too full.
        VectorsError: the vectors to start from cannot be read, or do not suit.
        W2VError: there is not enough memory.
    """
    start = start or _start(settings, folder, warnings.warn, resume=resume)
    vocabulary, word_ids, facts = _vocabulary(settings, corpus, folder, start)
    settings = with_shards(settings, corpus, len(vocabulary.words))
    plan = plan_steps(settings, corpus, vocabulary)
    settings = with_learning_rate(settings, plan)
    check_room(settings, plan, corpus, folder.path)
    engine = build_engine(settings, plan, corpus, vocabulary.words, word_ids)
    engine = in_rounds(settings, engine, corpus, folder.path)
    run = Run(settings, Inputs(corpus, vocabulary, facts), engine, folder, benchmarks)
    restored = resume and run.restore()
    if resume and not restored and folder.is_finished():
        raise RunError(f"{folder.checkpoints}: holds no checkpoint, so the run cannot be extended")
    if not restored:
        begin(engine, settings, vocabulary, start)
    if resume:
        folder.reopen(to_yaml(settings))
    else:
        folder.begin(to_yaml(settings))
    folder.write_vocabulary(vocabulary.words, vocabulary.counts)
    if not restored:
        folder.write_left_out(*left_out(corpus, word_ids, None if start is None else start.given))
        if facts is not None:
            folder.write_start(facts)
    return run


def check_apart(settings: Settings, out: Path) -> None:
    """Make sure that a run in the folder `out` leaves what it starts from as it is.

    Raises:
        UsageError: it starts from the folder, or from something in it.
    """
    init = settings.training.init
    if init is not None and Path(init).resolve().is_relative_to(out.resolve()):
        raise UsageError(
            f"{out}: holds what training.init names, and would be replaced; choose another --out"
        )


def _start(
    settings: Settings, folder: RunFolder, warn: Callable[[str], None], *, resume: bool
) -> StartVectors | None:
    """What the settings say to start from; None for random vectors, or if a checkpoint has all."""
    if resume and folder.is_saved():
        return None
    return read_start(settings, warn)


def _vocabulary(
    settings: Settings, corpus: EncodedCorpus, folder: RunFolder, start: StartVectors | None
) -> tuple[Vocabulary, npt.NDArray[np.int32], Facts | None]:
    """The vocabulary, every type's place in it, and start.json where there is one.

    Once such a run has a checkpoint, it no longer needs what it started from: the vocabulary is
    the one it wrote, which the checkpoint's fingerprint confirms.
    """
    if settings.training.init is None or start is not None:
        vocabulary, word_ids = make_vocabulary(settings, corpus, start)
        facts = None if start is None else start.facts(settings, vocabulary)
        return vocabulary, word_ids, facts
    facts, (words, counts) = folder.read_start(), folder.read_counts()
    return *known_vocabulary(corpus, words, counts), facts
