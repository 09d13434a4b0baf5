"""The learning rate and κ where nobody gives them: by the data."""

import numpy as np
import pytest

from runs import open_run, settings_for
from w2v_cli.config import load_settings
from w2v_cli.core.choices import OPTIMIZERS
from w2v_cli.core.step_lengths import is_crowded
from w2v_cli.errors import UsageError
from w2v_cli.pipeline.starting import resume

CONTEXTS = 6.0  # of a token in text with a window of 5


@pytest.mark.parametrize(
    ("optimizer", "model", "epochs", "meetings", "contexts", "expected"),
    [
        ("adagrad", "skipgram", 5, 15, CONTEXTS, 0.1),
        ("adagrad", "cbow", 5, 15, CONTEXTS, 0.15),
        ("adagrad", "cbow", 1, 15, CONTEXTS, 0.335),
        ("adagrad", "skipgram", 24, 4, CONTEXTS, 0.05),
        ("adagrad", "skipgram", 20, 12.5, CONTEXTS, 0.04),
        ("adagrad", "skipgram", 10, 30, CONTEXTS, 0.0667),  # twice as often, so twice as many count
        ("adagrad", "skipgram", 5, 100, CONTEXTS, 0.05),
        ("adagrad", "skipgram", 5, 100, 10.0, 0.03),
        ("adagrad", "skipgram", 5, 50, 30.0, 0.04),
        ("adagrad", "cbow", 5, 100, CONTEXTS, 0.106),
        ("adagrad", "cbow", 48, 2, CONTEXTS, 0.075),
        ("adagrad", "cbow", 10, 1e5, CONTEXTS, 0.075),
        ("adagrad", "skipgram", 10, 1e5, CONTEXTS, 0.025),
        ("adagrad", "skipgram", 5, 0, CONTEXTS, 0.1),
        ("sgd", "skipgram", 30, 1e5, CONTEXTS, 0.045),
        ("sgd", "cbow", 30, 1e5, CONTEXTS, 0.07),
    ],
)
def test_a_text_read_often_or_of_frequent_words_has_a_lower_rate(
    optimizer, model, epochs, meetings, contexts, expected
):
    rate = OPTIMIZERS[optimizer].rates.learning_rate(model, epochs, meetings, contexts)
    assert rate == expected


@pytest.mark.parametrize(
    ("epochs", "meetings", "expected"),
    [
        (5, 13, 1),
        (50, 13, 1),  # the rate falls for the last steps, too
        (1, 250, 1),
        (5, 100, 4),
        (10, 30, 2.25),
        (50, 30, 4),
        (10, 1e5, 16),
    ],
)
def test_where_words_are_met_often_only_the_first_steps_have_the_lower_rate(
    epochs, meetings, expected
):
    scale = OPTIMIZERS["adagrad"].rates.scale(epochs, meetings, CONTEXTS)
    assert scale == pytest.approx(expected)
    assert OPTIMIZERS["sgd"].rates.scale(epochs, meetings, CONTEXTS) == 1


@pytest.mark.parametrize(
    ("optimizer", "model", "epochs", "expected"),
    [
        ("adagrad", "skipgram", 1, 0.141),
        ("adagrad", "skipgram", 2, 0.1),
        ("adagrad", "cbow", 1, 0.335),
        ("sgd", "skipgram", 1, 0.045),
    ],
)
def test_few_epochs_with_subwords_have_a_higher_rate(optimizer, model, epochs, expected):
    choice = OPTIMIZERS[optimizer]
    assert choice.rates.learning_rate(model, epochs, 15, CONTEXTS, composed=True) == expected


@pytest.mark.parametrize(
    ("model", "epochs", "shards", "expected"),
    [
        ("cbow", 5, 8, 0.212),
        ("cbow", 5, 1, 0.15),
        ("cbow", 10, 8, 0.15),
        ("cbow", 1, 8, 0.335),
        ("cbow", 2, 1000, 0.335),
        ("skipgram", 5, 32, 0.1),
    ],
)
def test_shards_have_the_rate_of_fewer_epochs(model, epochs, shards, expected):
    choice = OPTIMIZERS["adagrad"]
    assert choice.rates.learning_rate(model, epochs, 10, CONTEXTS, shards=shards) == expected


def test_a_run_in_shards_has_the_rate_of_fewer_epochs(tmp_path, planted_corpus):
    rates = []
    for shards in (1, 8):
        choice = ("model.architecture=cbow", "training.epochs=4", f"cluster.shards={shards}")
        settings = settings_for(planted_corpus, *choice, "training.optimizer=adagrad")
        rates.append(open_run(settings, tmp_path / f"{shards}").settings.training.learning_rate)
    assert rates[1] == pytest.approx(2**0.5 * rates[0], rel=0.01)


def test_a_run_of_one_epoch_has_a_higher_rate_with_subwords(tmp_path, planted_corpus):
    rates = []
    for subwords in ("false", "true"):
        choice = ("training.epochs=1", "training.optimizer=adagrad")
        choice += (f"model.subwords.enabled={subwords}", "model.subwords.buckets=50")
        run = open_run(settings_for(planted_corpus, *choice), tmp_path / subwords)
        rates.append(next(run.train()).learning_rate)
    assert rates[1] == pytest.approx(2**0.5 * rates[0], rel=0.01)


def test_a_run_writes_down_the_rate_that_its_text_gave_it(tmp_path, planted_corpus):
    choice = ("training.epochs=8", "subsample.threshold=0")
    run = open_run(settings_for(planted_corpus, *choice), tmp_path / "run")
    median = np.median(list(run.vocabulary.counts))
    written = load_settings(run.folder.config).settings.training
    assert written.learning_rate == pytest.approx(0.1 * 5 * 100 / (8 * median), rel=0.01)
    assert written.min_learning_rate == pytest.approx(written.learning_rate * 1e-4)
    first = next(run.train())
    assert first.learning_rate == pytest.approx(written.learning_rate)


def test_a_rate_that_was_given_stays_however_frequent_words_are(tmp_path, planted_corpus):
    choice = ("training.epochs=5", "subsample.threshold=0", "training.learning_rate=0.3")
    run = open_run(settings_for(planted_corpus, *choice), tmp_path / "run")
    written = load_settings(run.folder.config).settings.training
    assert (written.learning_rate, written.min_learning_rate) == (0.3, pytest.approx(3e-5))


def test_a_minimum_above_the_rate_that_follows_is_refused(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus, "training.min_learning_rate=9")
    with pytest.raises(UsageError, match=r"min_learning_rate is 9, above the learning rate, 0\."):
        open_run(settings, tmp_path / "run")


@pytest.mark.slow
def test_a_run_is_resumed_with_settings_that_do_not_name_the_rate(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus, "training.epochs=5", "subsample.threshold=0")
    open_run(settings, tmp_path / "run")
    assert resume(tmp_path / "run", settings).record is not None


def test_a_step_is_crowded_where_1024_tokens_bring_a_word_into_more_than_150_pairs():
    assert is_crowded(28, 66)
    assert is_crowded(64, 36)
    assert is_crowded(6, 1)
    assert not is_crowded(7, 1)
    assert not is_crowded(10_300, 66)
