"""Training with subwords and with AdaGrad: the same bytes always, exact resume."""

import multiprocessing
import time
from contextlib import closing
from itertools import islice

import numpy as np
import pytest

from runs import open_run, settings_for, train, vectors
from w2v_cli.pipeline.results import finish
from w2v_cli.training.engine.portion_work import train_portion
from w2v_cli.training.engine.portions import Portions, Position
from w2v_cli.vectors.source import load_vectors

SUBWORDS = "model.subwords.enabled=true", "model.subwords.min=1", "model.subwords.buckets=50"
CHOICES = {
    "skip-gram": SUBWORDS,
    "cbow": (*SUBWORDS, "model.architecture=cbow"),
    "softmax": (*SUBWORDS, "objective.name=naive_softmax"),
    "adagrad": (*SUBWORDS, "training.optimizer=adagrad"),
    "adagrad without subwords": ("training.optimizer=adagrad",),
    "adagrad, softmax": ("training.optimizer=adagrad", "objective.name=naive_softmax"),
    "held out": (*SUBWORDS, "training.optimizer=adagrad", "training.held_out=0.2"),
}


@pytest.mark.slow
@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_workers_and_interruptions_change_no_byte(tmp_path, planted_corpus, choice):
    found = []
    for workers in (1, 3):
        run = open_run(
            settings_for(planted_corpus, *choice, workers=workers), tmp_path / f"{workers}"
        )
        train(run)
        found.append(vectors(run))
    parts = tmp_path / "parts"
    train(open_run(settings_for(planted_corpus, *choice), parts), stop_after=7)
    run = open_run(settings_for(planted_corpus, *choice, workers=2), parts, resume=True)
    train(run)
    assert [*found, vectors(run)] == [found[0]] * 3


def test_nothing_changes_while_a_step_is_reported(tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus, *SUBWORDS, workers=2), tmp_path / "run")
    arrays = run.engine.trained.parameters, run.engine.trained.rows
    with closing(run.engine.trainer.steps(Position())) as steps:
        for _ in islice(steps, 5):
            before = [array.copy() for array in arrays]
            time.sleep(0.05)  # a worker that did not wait would compose meanwhile
            for array, copy in zip(arrays, before, strict=True):
                np.testing.assert_array_equal(array, copy)


def test_workers_end_by_themselves_when_a_run_stops(tmp_path, planted_corpus):
    """One that has to be killed keeps the run waiting for seconds before it is saved."""
    run = open_run(settings_for(planted_corpus, *SUBWORDS, workers=2), tmp_path / "run")
    with closing(run.engine.trainer.steps(Position())) as steps:
        next(steps)
        [worker] = multiprocessing.active_children()
    assert worker.exitcode == 0


@pytest.mark.slow
@pytest.mark.parametrize("buckets", [50, 100_000])
def test_the_vectors_written_are_the_means_of_their_parts(tmp_path, planted_corpus, buckets):
    choice = (*SUBWORDS[:2], f"model.subwords.buckets={buckets}")
    run = open_run(settings_for(planted_corpus, *choice, workers=2), tmp_path / "run")
    train(run)
    finish(run)
    vectors = load_vectors(tmp_path / "run")
    own = run.engine.trained.word_rows.vectors_of(np.arange(len(vectors)), run.engine.trained.rows)
    for word, of_word, vector in zip(vectors.words, own, vectors.matrix, strict=True):
        totals, sizes = vectors.subwords.totals([word])
        np.testing.assert_allclose(
            vector, (of_word + totals[0]) / (1 + sizes[0]), rtol=1e-4, atol=1e-6
        )


def test_a_composed_vector_moves_as_it_would_by_itself(tmp_path, planted_corpus):
    """A step from the same vectors, with κ out of the way: outside vectors end alike."""
    choice = ("training.max_pair_rate=1e9", "training.epochs=1", "training.tokens_per_step=100000")
    plain, composed = (
        open_run(settings_for(planted_corpus, *choice, *subwords), tmp_path / name).engine
        for name, subwords in (("plain", ()), ("composed", SUBWORDS))
    )
    composed.trained.rows[:] = 0.0
    parts = composed.trained.word_rows.parts[:, None]
    composed.trained.rows[: plain.plan.words] = plain.parameters[:, 0] * parts
    for engine in (plain, composed):
        work = engine.trainer._work
        train_portion(work, Portions(work.chunks, 1).at(0, 0), lambda done: 0.01 * (done < 0.2))
        engine.trainer.complete()
    moved = np.abs(plain.parameters[:, 1]).max()
    np.testing.assert_allclose(
        composed.parameters[:, 1], plain.parameters[:, 1], rtol=1e-3, atol=1e-3 * moved
    )


def test_parts_in_one_row_move_as_they_would_apart(tmp_path, planted_corpus, monkeypatch):
    choice = (*SUBWORDS[:2], "model.subwords.buckets=100000", "training.optimizer=adagrad")
    settings = settings_for(planted_corpus, *choice)
    joined = open_run(settings, tmp_path / "joined").engine
    monkeypatch.setattr("w2v_cli.pipeline.trained.joins_parts", lambda settings: False)
    apart = open_run(settings, tmp_path / "apart").engine
    of_words = joined.trained.word_rows
    parts = np.arange(apart.trained.word_rows.count)
    began = of_words.vectors_of(parts, joined.trained.rows)
    apart.trained.rows[:] = began
    for engine in (joined, apart):
        work = engine.trainer._work
        train_portion(work, Portions(work.chunks, 1).at(0, 0), lambda done: 0.05)
    moved = np.abs(apart.trained.rows - began).max()
    np.testing.assert_allclose(
        of_words.vectors_of(parts, joined.trained.rows), apart.trained.rows, atol=1e-4 * moved
    )
    squares = joined.trained.squares[of_words.row_of_part]
    np.testing.assert_allclose(squares, apart.trained.squares[: len(parts)], rtol=1e-3)
    assert joined.trained.word_rows.count < len(parts) / 2
