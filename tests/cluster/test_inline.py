"""Runs in rounds of several shards, in one process: the bytes that all clusters must give."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from runs import open_run, settings_for, train, vectors
from w2v_cli.cluster.executor import RoundNews
from w2v_cli.core.sampling import generator
from w2v_cli.core.schedules import LearningRate
from w2v_cli.errors import ConfigError, RunError
from w2v_cli.pipeline.reading import read_corpus
from w2v_cli.pipeline.sharding import cluster_advice, with_shards
from w2v_cli.rounds.changes import Combiner
from w2v_cli.rounds.plan import RoundPlan
from w2v_cli.rounds.replica import RoundTask, ShardReport
from w2v_cli.rounds.table import Changes
from w2v_cli.training.engine.portions import Position

ROUNDS = ("cluster.shards=3", "cluster.rounds_per_epoch=2", "cluster.first_rounds=3")
SUBWORDS = ("model.subwords.enabled=true", "model.subwords.buckets=50")


def bytes_of(settings, path):
    run = open_run(settings, path)
    train(run)
    return vectors(run)


@pytest.mark.parametrize(
    "choice",
    [
        (),
        pytest.param(("model.architecture=cbow", "training.optimizer=sgd"), marks=pytest.mark.slow),
        pytest.param(SUBWORDS, marks=pytest.mark.slow),
    ],
    ids=["skip-gram with AdaGrad", "CBOW with SGD", "subwords"],
)
def test_any_number_of_workers_gives_the_same_bytes_and_it_learns(tmp_path, planted_corpus, choice):
    found = set()
    for workers in (1, 2):
        settings = settings_for(planted_corpus, *ROUNDS, *choice, workers=workers)
        run = open_run(settings, tmp_path / str(workers))
        train(run)
        found.add(vectors(run))
        assert run.state.epoch_losses[1] < run.state.epoch_losses[0] < 1.001 * run.engine.baseline
    assert len(found) == 1


@pytest.mark.parametrize(
    "choice", [(), pytest.param(SUBWORDS, marks=pytest.mark.slow)], ids=["words", "subwords"]
)
def test_a_run_stopped_anywhere_and_resumed_ends_with_the_same_bytes(
    tmp_path, planted_corpus, choice
):
    settings = settings_for(planted_corpus, *ROUNDS, *choice, "training.held_out=0.1")
    whole = open_run(settings, tmp_path / "whole")
    seen = len(train(whole))
    assert seen == (3 + 2) * (3 + 1)  # after each shard, and after each round
    parts = open_run(settings, tmp_path / "parts")
    for stop in range(1, 8):  # within a round, at its end, and again
        for number, _ in enumerate(parts.train(), start=1):
            if number == stop:
                parts.request_stop()
        parts = open_run(settings, tmp_path / "parts", resume=True)
    train(parts)
    assert vectors(parts) == vectors(whole)
    assert parts.state.held_out_losses == whole.state.held_out_losses


@pytest.mark.slow
def test_the_settings_written_say_how_many_shards_there_are(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus, "machine.cluster=inline")
    run = open_run(settings, tmp_path / "run")
    assert run.settings.cluster.shards == 1  # so small a text is not split
    assert "shards: 1" in run.folder.config.read_text()
    alone = open_run(settings_for(planted_corpus), tmp_path / "alone")
    train(run), train(alone)
    assert vectors(run) == vectors(alone)


def test_a_round_is_what_its_parts_make_of_it(tmp_path, planted_corpus):
    """Shard by shard with trainers of their own."""
    settings = settings_for(planted_corpus, *ROUNDS, "training.optimizer=sgd")
    run = open_run(settings, tmp_path / "run")
    start = run.engine.parameters.copy()
    shards = []
    for shard in range(3):
        other = open_run(settings, tmp_path / f"shard{shard}")
        replica = other.engine.trainer._replica
        order = generator(settings.training.seed, "order", 0)
        order = replica._trainer.chunks.trained[
            order.permutation(len(replica._trainer.chunks.trained))
        ]
        portions = replica.portions(0, 0, shard)
        np.testing.assert_array_equal(
            portions.at(0, portions.first).chunks,
            order[shard * len(order) // 9 : (shard + 1) * len(order) // 9],
        )
        for _ in replica._trainer.over(portions, epochs=1).steps(_position(portions)):
            pass
        shards.append(other.engine.parameters)
    for progress in run.train():
        if progress.step:
            run.request_stop()
    for kind in (0, 1):  # centre vectors, outside vectors
        combiner = Combiner(np.ascontiguousarray(start[:, kind]), start.shape[2])
        for shard in shards:
            moves = shard[:, kind] - start[:, kind]
            rows = np.flatnonzero(moves.any(axis=1)).astype(np.int32)
            combiner.add(Changes(rows, moves[rows]))
        np.testing.assert_array_equal(run.engine.parameters[:, kind], combiner.result())


def _position(portions):
    return Position(0, portions.first)


def test_a_shard_without_text_changes_nothing(tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus, *ROUNDS), tmp_path / "run")
    before, replica = run.engine.parameters.copy(), run.engine.trainer._replica
    replica.plan = RoundPlan(shards=1000, per_epoch=1, first=1)
    empty = next(n for n in range(1000) if not replica.portions(0, 0, n).per_epoch)
    assert replica.train(RoundTask(0, 0, 0, 0, 1.0), empty) == ShardReport(empty, 0, 0, 0, 0)
    np.testing.assert_array_equal(run.engine.parameters, before)


def test_other_shards_are_another_run(tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus, *ROUNDS), tmp_path / "run")
    for _ in run.train():
        run.request_stop()
    with pytest.raises(RunError, match="the settings changed"):
        open_run(
            settings_for(planted_corpus, *ROUNDS, "cluster.shards=2"), tmp_path / "run", resume=True
        )


def test_metrics_rise_evenly(tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus, *ROUNDS), tmp_path / "run")
    train(run)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    words = [line["words"] for line in found]
    assert all(line["loss"] is not None for line in found)  # none from within a round
    assert [line["cluster"]["rounds"] for line in found] == [1, 2, 3, 4, 5]
    facts = found[-1]["cluster"]
    assert (facts["of_rounds"], facts["nodes"], facts["lost"]) == (5, 1, 0)
    assert 0 <= facts["exchanging"] < 1
    assert 0 < facts["slowest"] == facts["fastest"]
    assert words == sorted(words) and words[-1] == 8000


@pytest.mark.parametrize("name", ["linear", "step"])
def test_the_learning_rate_falls_from_round_to_round(tmp_path, planted_corpus, name):
    schedule = LearningRate(name, 0.1, 0.001, 5)
    choice = (f"training.schedule={name}", "training.learning_rate=0.1", "training.halve_every=5")
    choice += ("training.min_learning_rate=0.001",)
    train(open_run(settings_for(planted_corpus, *ROUNDS, *choice), tmp_path / "run"))
    highest = 0.1
    for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines():
        found = json.loads(line)
        lowest = schedule(found["words"] / 8000, found["step"])
        assert lowest <= found["learning_rate"] <= highest
        highest = lowest


def test_the_time_that_no_node_trains_is_that_of_the_exchange():
    news = RoundNews([], True, trained_by={"one": (3, 2.0), "other": (1, 1.0)})
    assert news.training_seconds == 2.0
    assert news.speeds(100) == [100.0, 150.0]
    assert RoundNews([]).training_seconds == 0.0


def test_an_address_of_nothing_is_refused(planted_corpus):
    with pytest.raises(ConfigError, match=r"expected inline, local:N, tcp://HOST:PORT"):
        settings_for(planted_corpus, "machine.cluster=local:0")


@pytest.mark.parametrize(
    ("address", "shards", "advice"),
    [
        ("tcp://10.0.0.1:8786", 2, ["tcp://10.0.0.1:8786 is not encrypted"]),
        ("tcp://127.0.0.1:8786", 2, []),
        ("tls://10.0.0.1:8786", 2, []),
        ("local:2", "null", ["the text is not split: it is trained in this process alone"]),
    ],
)
def test_what_a_user_of_a_cluster_is_told(planted_corpus, address, shards, advice):
    choice = (f"cluster.shards={shards}", f"machine.cluster={address}")
    settings = settings_for(planted_corpus, *choice)
    corpus = read_corpus(settings)
    found = list(cluster_advice(with_shards(settings, corpus, 40), corpus, 40))
    assert [text[: len(start)] for text, start in zip(found, advice, strict=True)] == advice


@pytest.mark.parametrize(
    ("tokens", "words", "choice", "shards"),
    [
        (99_999_999, 1_000, (), 1),  # too little text for two
        (100_000_000, 1_000, (), 2),
        (307_000_000, 100_000, (), 1),  # 153.6 million are 60 a word in 128 rounds of 5 epochs
        (308_000_000, 100_000, (), 2),
        (308_000_000, 100_000, ("cluster.rounds_per_epoch=8",), 4),
        (308_000_000, 100_000, ("training.epochs=1",), 1),  # it has 64 rounds
        (10**11, 1_000, (), 32),
        (10**11, 1_000, ("cluster.shards=5",), 5),
    ],
)
def test_a_shard_has_text_for_its_rounds(planted_corpus, tokens, words, choice, shards):
    given = ("machine.cluster=local:2", "training.epochs=5", *choice)
    settings = settings_for(planted_corpus, *given)
    found = with_shards(settings, SimpleNamespace(n_tokens=tokens), words)
    assert found.cluster.shards == shards


def test_a_scheduler_file_is_looked_into_for_an_address_that_is_not_encrypted(
    tmp_path, planted_corpus
):
    file = tmp_path / "scheduler.json"
    settings = settings_for(planted_corpus, "cluster.shards=2", f"machine.cluster=file:{file}")
    corpus = read_corpus(settings)
    assert list(cluster_advice(settings, corpus, 40)) == []  # there is none yet
    for scheme, count in (("tcp", 1), ("tls", 0)):
        file.write_text(f'{{"address": "{scheme}://10.0.0.1:8786"}}')
        assert len(list(cluster_advice(settings, corpus, 40))) == count


def test_small_shards_have_the_steps_of_a_text_of_their_size(tmp_path, planted_corpus):
    lines = planted_corpus.read_text().splitlines(keepends=True)
    third = tmp_path / "third.txt"
    third.write_text("".join(lines[: round(len(lines) / 3)]))
    steps = []
    for number, (text, choice) in enumerate([(planted_corpus, ROUNDS), (third, ())]):
        settings = settings_for(text, *choice, "training.tokens_per_step=4000")
        steps.append(open_run(settings, tmp_path / str(number)).engine.plan.tokens_per_step)
    assert steps[0] == steps[1]
