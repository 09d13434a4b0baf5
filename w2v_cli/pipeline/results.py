"""What a run leaves when it has come to its end: its vectors, and run.json."""

from typing import Any

from w2v_cli.core.subwords import NgramRange
from w2v_cli.errors import RunError
from w2v_cli.files import replacing
from w2v_cli.pipeline.provenance import file_sha256, fingerprint_of, now, versions
from w2v_cli.pipeline.run import Run
from w2v_cli.run_files import Facts, RunFiles
from w2v_cli.vectors.formats.subwords_file import write_subwords

__all__ = ["finish", "read_results"]


def finish(run: Run) -> Facts:
    """Write the vectors of a run at its end, then run.json; returns what that says.

    Raises:
        RunError: a vector is not finite, so that nothing is written.
        W2VError: a file cannot be written.
    """
    run.settle()
    run.folder.write_vectors(run.engine.parameters)
    _write_subwords(run)
    record = _record(run)
    run.folder.write_record(record)
    return record


def read_results(files: RunFiles) -> Facts:
    """What run.json says of a finished run, as `finish` wrote it.

    Raises:
        RunError: it cannot be read, or lacks what every record has.
    """
    record = files.read_record()
    losses, held_out = record.get("epoch_losses"), record.get("held_out_losses")
    numbers = (record.get(key) for key in ("steps", "baseline", "words_per_second"))
    best = record.get("best_epoch")
    sound = (
        _are_losses(losses)
        and all(map(_is_number, numbers))
        and (best is None or (_are_losses(held_out) and best in range(1, len(held_out or ()) + 1)))
    )
    if not sound:
        raise RunError(
            f"{files.record}: damaged: not what a finished run says of itself; remove it, and "
            "--resume writes it again from the checkpoint"
        )
    return record


def _are_losses(value: Any) -> bool:
    """Whether it is a list of at least one loss; None is the loss of an epoch without pairs."""
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(each is None or _is_number(each) for each in value)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _write_subwords(run: Run) -> None:
    """Write the vectors of n-grams, if centre vectors are composed of them."""
    trained = run.engine.trained
    if trained.word_rows is None:
        return
    settings = run.settings.model
    counted = NgramRange(settings.subwords.min, settings.subwords.max, settings.subwords.buckets)
    buckets, vectors = trained.word_rows.buckets, trained.ngram_vectors()
    with replacing(run.folder.subwords, durable=True) as file:
        write_subwords(file, counted, buckets, vectors, settings.dim)


def _record(run: Run) -> Facts:
    """What run.json says of a run whose vectors have been written."""
    settings, state = run.settings, run.state
    return {
        "versions": versions(),
        "commands": state.commands,
        "dates": {"started": state.began, "ended": now()},
        "seed": settings.training.seed,
        "workers": run.engine.plan.workers,
        "words": int(run.vocabulary.occurrences.sum()),
        "vocabulary": len(run.vocabulary.words),
        "corpus": {
            "paths": list(settings.corpus.paths),
            "phrases": settings.corpus.phrases.file,
            "tokens": run.corpus.n_tokens,
            "sentences": run.corpus.n_sentences,
        },
        "hashes": {
            **fingerprint_of(settings, run.corpus, run.vocabulary, run.start),
            "vectors": file_sha256(run.folder.vectors),
        },
        "start": run.start,
        "words_trained": state.words,
        "epochs": settings.training.epochs,
        "ended_early": run.ended_early,
        "extended_from": run.plans[:-1],
        "steps": run.position.steps_done,
        "epoch_losses": state.epoch_losses,
        "held_out_losses": state.held_out_losses,
        "best_epoch": run.best_epoch,
        "baseline": run.engine.baseline,
        "words_per_second": state.words / max(state.train_seconds, 1e-9),
        "timings": {
            "read_seconds": state.read_seconds,
            "train_seconds": state.train_seconds,
            "total_seconds": run.total_seconds,
        },
    }
