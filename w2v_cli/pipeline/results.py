"""What a run leaves when it has come to its end: its vectors, and run.json."""

from typing import TYPE_CHECKING

from w2v_cli.core.subwords import NgramRange
from w2v_cli.files import replacing
from w2v_cli.pipeline.provenance import file_sha256, fingerprint_of, now, versions
from w2v_cli.run_files import Facts
from w2v_cli.vectors.formats.subwords_file import write_subwords
from w2v_cli.vectors.subword_vectors import SubwordVectors

if TYPE_CHECKING:
    from w2v_cli.pipeline.run import Run

__all__ = ["write_results"]


def write_results(run: "Run") -> Facts:
    """Write the vectors, then run.json; returns what it says."""
    run.folder.write_vectors(run.engine.parameters)
    _write_subwords(run)
    record = _record(run)
    run.folder.write_record(record)
    return record


def _write_subwords(run: "Run") -> None:
    """Write the vectors of n-grams, where input vectors are composed of them."""
    trained = run.engine.trained
    if trained.word_rows is None or trained.rows is None:
        return
    subwords = run.settings.model.subwords
    ngrams = NgramRange(subwords.min, subwords.max, subwords.buckets)
    vectors = trained.rows[trained.word_rows.words :]
    with replacing(run.folder.subwords, durable=True) as file:
        write_subwords(file, SubwordVectors(ngrams, trained.word_rows.buckets, vectors))


def _record(run: "Run") -> Facts:
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
