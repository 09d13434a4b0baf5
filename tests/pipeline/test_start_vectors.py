"""Runs that start from another run, or from a file of vectors, instead of random vectors."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from runs import open_run, settings_for, train, vectors
from w2v_cli.cli import w2v
from w2v_cli.core.choices import OBJECTIVES
from w2v_cli.errors import RunError, UsageError, VectorsError
from w2v_cli.pipeline.planning import make_plan
from w2v_cli.pipeline.reading import read_corpus
from w2v_cli.pipeline.requirements import memory_need
from w2v_cli.pipeline.results import finish
from w2v_cli.pipeline.start_vectors import read_start
from w2v_cli.pipeline.starting import open_run as opened
from w2v_cli.reporting.runs import read_run
from w2v_cli.reporting.summary import summary
from w2v_cli.vectors.formats import read_vectors, write_vectors
from w2v_cli.vectors.source import load_vectors
from w2v_cli.vectors.word_vectors import WordVectors

SUBWORDS = "model.subwords.enabled=true", "model.subwords.min=1", "model.subwords.buckets=50"
MODELS = {
    "skip-gram": (),
    "cbow": ("model.architecture=cbow",),
    "softmax": ("objective.name=naive_softmax",),
    "sgd": ("training.optimizer=sgd",),
    "subwords": SUBWORDS,
    "subwords, softmax": (*SUBWORDS, "objective.name=naive_softmax"),
    "held out": (
        *("training.held_out=0.2", "training.learning_rate=3"),
        *("training.schedule=constant", "training.epochs=4"),
    ),
}
NEW_LINES = "a1 a2 x1 x2 a1 x1\nb1 x1 x2 b2 y1 b3 x1\n" * 300


@pytest.fixture
def finished(finished_run, tmp_path):
    """A copy of the finished run on the planted corpus with these settings, called `old`."""

    def run(*overrides):
        return shutil.copytree(finished_run(*overrides), tmp_path / "old")

    return run


@pytest.fixture
def new_text(tmp_path):
    """Some words of the planted corpus, two often beside them, and one less often."""
    path = tmp_path / "new.txt"
    path.write_text(NEW_LINES)
    return path


def written(tmp_path, words, matrix, name="given.txt"):
    """A plain file of vectors."""
    path = tmp_path / name
    write_vectors(WordVectors(words, np.asarray(matrix, np.float32)), path, "word2vec-text")
    return path


def rows_of(run, words):
    return [run.vocabulary.words.index(word) for word in words]


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_run_starts_from_the_very_vectors_of_another(finished, tmp_path, planted_corpus, model):
    old = finished(*model)
    run = open_run(settings_for(planted_corpus, *model, f"training.init={old}"), tmp_path / "new")
    given = load_vectors(old)
    assert run.vocabulary.words == given.words
    assert run.engine.parameters[:, 0].tobytes() == given.matrix.tobytes()
    assert run.engine.parameters[:, 1].tobytes() == given.outside.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_what_the_optimizer_remembers_and_the_rows_are_those_of_the_checkpoint(
    finished, tmp_path, planted_corpus, model
):
    old = finished(*model)
    run = open_run(settings_for(planted_corpus, *model, f"training.init={old}"), tmp_path / "new")
    name = max(old.glob("checkpoint/step-*")).name
    best = json.loads((old / "run.json").read_text())["best_epoch"]
    if best is not None:
        assert best < 4  # or the newest checkpoint would do as well
        name = "best.npz"
    with np.load(old / "checkpoint" / name) as saved:
        squares, rows = saved["squares"], saved.get("rows")
    assert squares.any() or "sgd" in str(model)
    trained = run.engine.trained
    if rows is not None:  # a run that starts from vectors has a row for each part
        joined = trained.word_rows.joined()
        assert trained.word_rows.count > joined.count == len(rows)
        parts = np.arange(trained.word_rows.count)
        assert trained.rows.tobytes() == joined.vectors_of(parts, rows).tobytes()
        squares = np.concatenate((squares[joined.row_of_part], squares[joined.count :]))
    assert trained.squares.tobytes() == squares.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_frozen_at_zero_given_vectors_end_as_they_began(
    finished, tmp_path, planted_corpus, new_text, model
):
    old = finished(*model)
    settings = settings_for(new_text, *model, f"training.init={old}", "training.frozen=0")
    run = open_run(settings, tmp_path / "new")
    began = run.engine.parameters.copy()
    train(run)
    finish(run)
    given, now = load_vectors(old), load_vectors(tmp_path / "new")
    common = [word for word in now.words if word in given.words]
    here, there = ([v.words.index(word) for word in common] for v in (now, given))
    assert len(common) == 5
    assert now.matrix[here].tobytes() == given.matrix[there].tobytes()
    assert now.outside[here].tobytes() == given.outside[there].tobytes()
    new = rows_of(run, ["x1", "x2"])
    assert (run.engine.parameters[new] != began[new]).any(axis=2).all()


@pytest.mark.slow
@pytest.mark.parametrize("shards", [1, 2])
def test_vectors_held_at_zero_keep_even_the_sign_of_a_zero(tmp_path, new_text, shards):
    given = written(tmp_path, ["a1", "a2"], [[-0.0, 0.0, -0.0, 1], [0.0, -0.0, 1, -1]])
    choice = f"training.init={given}", "training.frozen=0", f"cluster.shards={shards}"
    run = open_run(settings_for(new_text, *choice), tmp_path / "new")
    at = rows_of(run, ["a1", "a2"])
    expected = read_vectors(given).matrix.tobytes()
    assert run.engine.parameters[at, 0].tobytes() == expected
    train(run)
    assert run.engine.parameters[at, 0].tobytes() == expected
    assert run.engine.parameters[at, 1].all()  # those of a plain file are not given, so they learn


def test_a_factor_is_on_every_step_of_given_vectors_alone(finished, tmp_path, planted_corpus):
    old = finished()
    moved = {}
    for factor in (1.0, 0.25):
        choice = f"training.init={old}", f"training.frozen={factor}", "training.optimizer=sgd"
        run = open_run(
            settings_for(planted_corpus, *choice, "training.epochs=1"), tmp_path / f"{factor}"
        )
        began = run.engine.parameters.copy()
        train(run, stop_after=1)
        moved[factor] = run.engine.parameters - began
    assert np.abs(moved[1.0]).max() > 1e-3
    np.testing.assert_allclose(moved[0.25], moved[1.0] * 0.25, atol=1e-6)


def test_only_the_words_of_a_file_are_held(finished, tmp_path, planted_corpus):
    old, held = finished(), tmp_path / "held.txt"
    held.write_text("a1\nunheard\n\n b2 \n")
    settings = settings_for(planted_corpus, f"training.init={old}", f"training.frozen={held}")
    run = open_run(settings, tmp_path / "new")
    began = run.engine.parameters.copy()
    train(run)
    same = (run.engine.parameters == began).all(axis=(1, 2))
    assert {word for word, kept in zip(run.vocabulary.words, same, strict=True) if kept} == {
        "a1",
        "b2",
    }


@pytest.mark.slow
def test_held_words_made_of_ngrams_keep_the_rows_that_they_share(
    finished, tmp_path, planted_corpus
):
    wide = (*SUBWORDS[:1], "model.subwords.min=2", "model.subwords.buckets=100000")
    old, held = finished(*wide), tmp_path / "held.txt"
    held.write_text("a1\n")
    settings = settings_for(
        planted_corpus, *wide, f"training.init={old}", f"training.frozen={held}"
    )
    run = open_run(settings, tmp_path / "new")
    began = run.engine.parameters.copy()
    train(run)
    same = (run.engine.parameters[:, 0] == began[:, 0]).all(axis=1)
    assert [word for word, kept in zip(run.vocabulary.words, same, strict=True) if kept] == ["a1"]


def test_a_plain_file_gives_input_vectors_and_nothing_else(tmp_path, new_text):
    given = written(tmp_path, ["x1", "zz", "a1"], [[1, 2, 3, 4], [0, 0, 0, 1], [4, 3, 2, 1]])
    run = open_run(settings_for(new_text, f"training.init={given}"), tmp_path / "new")
    random = open_run(settings_for(new_text), tmp_path / "random")
    assert run.vocabulary.words == random.vocabulary.words
    at = rows_of(run, ["x1", "a1"])
    assert run.engine.parameters[at, 0].tolist() == [[1, 2, 3, 4], [4, 3, 2, 1]]
    others = np.delete(np.arange(len(run.vocabulary.words)), at)
    assert (run.engine.parameters[others] == random.engine.parameters[others]).all()
    assert not run.engine.parameters[:, 1].any()
    assert not run.engine.trained.squares.any()


def test_a_plain_file_gives_the_means_where_words_are_made_of_ngrams(tmp_path, new_text):
    given = written(tmp_path, ["x1", "a1"], [[1, 2, 3, 4], [4, 3, 2, 1]])
    run = open_run(settings_for(new_text, *SUBWORDS, f"training.init={given}"), tmp_path / "new")
    found = run.engine.parameters[rows_of(run, ["x1", "a1"]), 0]
    np.testing.assert_allclose(found, [[1, 2, 3, 4], [4, 3, 2, 1]], rtol=1e-5)


def test_a_fasttext_model_gives_ngrams_and_outside_vectors(finished, tmp_path, planted_corpus):
    old, model = finished(*SUBWORDS), tmp_path / "model.bin"
    write_vectors(load_vectors(old), model, "fasttext-model")
    settings = settings_for(planted_corpus, *SUBWORDS, f"training.init={model}")
    run = open_run(settings, tmp_path / "new")
    given = load_vectors(old)
    np.testing.assert_allclose(run.engine.parameters[:, 0], given.matrix, atol=1e-5)
    assert run.engine.parameters[:, 1].tobytes() == given.outside.tobytes()
    rows = run.engine.trained.rows[len(given) :]
    assert rows.tobytes() == given.subwords.matrix.tobytes()


def test_zeros_of_a_fasttext_model_in_place_of_outside_vectors_are_not_held(tmp_path, new_text):
    given, model = written(tmp_path, ["x1"], [[1, 2, 3, 4]]), tmp_path / "model.bin"
    write_vectors(read_vectors(given), model, "fasttext-model")
    settings = settings_for(new_text, f"training.init={model}", "training.frozen=0")
    run = open_run(settings, tmp_path / "new")
    assert run.start["outside"] is False
    train(run)
    vectors(run)
    now = load_vectors(tmp_path / "new")
    assert now["x1"].tolist() == [1, 2, 3, 4]
    assert now.outside[now.row("x1")].any()


def test_union_keeps_given_words_as_they_are_where_the_corpus_lacks_them(tmp_path, new_text):
    given = written(tmp_path, ["zz", "y1", "x1", "aa"], np.arange(16).reshape(4, 4) / 8)
    choice = f"training.init={given}", "training.init_vocabulary=union", "vocabulary.min_count=400"
    run = open_run(settings_for(new_text, *choice), tmp_path / "new")
    # y1, 300 times there, is too rare but given.
    assert run.vocabulary.words == ["x1", "a1", "x2", "y1", "zz", "aa"]
    assert run.vocabulary.counts.tolist() == [1200, 600, 600, 300, 0, 0]
    train(run)
    vectors(run)
    now = load_vectors(tmp_path / "new")
    assert now.matrix[4].tolist() == [0, 1 / 8, 2 / 8, 3 / 8]
    assert now.matrix[5].tolist() == [12 / 8, 13 / 8, 14 / 8, 15 / 8]
    assert not now.outside[4:].any()  # never drawn as a negative
    assert (now.matrix[3] != np.arange(4, 8) / 8).all()


def grown(old, *overrides):
    return f"training.init={old}", "training.init_vocabulary=grown", *overrides


def test_a_grown_vocabulary_has_the_counts_of_both_texts(tmp_path):
    texts = {"first": "a b a b c c d e a b\n", "second": "c d b f d f g\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    choice = ("vocabulary.min_count=2", "subsample.threshold=0")
    old = open_run(settings_for(tmp_path / "first.txt", *choice), tmp_path / "old")
    train(old)
    finish(old)
    assert (tmp_path / "old" / "left_out.tsv").read_text() == "d\t1\ne\t1\n"
    settings = settings_for(tmp_path / "second.txt", *choice, *grown(tmp_path / "old"))
    run = open_run(settings, tmp_path / "new")
    # d is there once and twice, e once and never, g never and once: only d has come to two.
    assert run.vocabulary.words == ["b", "c", "d", "a", "f"]
    assert run.vocabulary.counts.tolist() == [4, 3, 3, 3, 2]
    assert run.vocabulary.occurrences.tolist() == [1, 1, 2, 0, 2]
    left_out = (tmp_path / "new" / "left_out.tsv").read_text().splitlines()
    assert sorted(left_out) == ["e\t1", "g\t1"]
    train(run)
    finish(run)
    record = json.loads((tmp_path / "new" / "run.json").read_text())
    assert (record["words"], record["vocabulary"]) == (6, 5)
    again = settings_for(tmp_path / "second.txt", *choice, *grown(tmp_path / "new"))
    last = open_run(again, tmp_path / "last")
    assert dict(zip(last.vocabulary.words, last.vocabulary.counts.tolist(), strict=True)) == {
        "b": 5,
        "c": 4,
        "d": 5,
        "a": 3,
        "f": 4,
        "g": 2,
    }


def test_what_is_known_of_the_old_text_moves_by_the_new_texts_part_of_both(
    finished, tmp_path, new_text
):
    run = open_run(settings_for(new_text, *grown(finished())), tmp_path / "new")
    occurrences, counts = run.vocabulary.occurrences, run.vocabulary.counts
    part = occurrences.sum() / counts.sum()
    assert part == pytest.approx(3900 / (3900 + 4000))
    assert run.start["frozen"] == pytest.approx(part)
    factors = run.engine.trained.factors.reshape(2, -1)
    new = rows_of(run, ["x1", "x2", "y1"])
    assert (factors[:, new] == 1).all()
    np.testing.assert_allclose(np.delete(factors, new, axis=1), part, rtol=1e-6)
    settings = settings_for(new_text, *grown(tmp_path / "old", "training.frozen=1"))
    assert open_run(settings, tmp_path / "free").engine.trained.factors is None


@pytest.mark.slow
def test_the_words_held_decide_the_result_and_the_name_of_their_file_does_not(
    finished, tmp_path, planted_corpus
):
    old, hashes = finished(), []
    for name, words in (("first", "a1\nb2\n"), ("second", "b2\n\na1\n"), ("third", "a1\n")):
        (tmp_path / name).write_text(words)
        choice = f"training.init={old}", f"training.frozen={tmp_path / name}"
        run = open_run(settings_for(planted_corpus, *choice), tmp_path / f"run {name}")
        train(run)
        hashes.append(finish(run)["hashes"]["settings"])
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_run_of_before_left_out_words_were_kept_grows_by_the_words_it_has(
    finished, tmp_path, new_text
):
    old = finished()
    (old / "left_out.tsv").unlink()
    run = open_run(settings_for(new_text, *grown(old)), tmp_path / "new")
    assert "x1" in run.vocabulary.words
    assert run.start["left_out"] is None


STARTS = {
    "run": lambda old: (f"training.init={old}",),
    "subwords": lambda old: (*SUBWORDS, f"training.init={old}"),
    "frozen": lambda old: (f"training.init={old}", "training.frozen=0.5"),
    "grown": lambda old: grown(old, "objective.name=naive_softmax"),
    "union": lambda old: (f"training.init={old}", "training.init_vocabulary=union"),
    "best": lambda old: grown(old, "training.held_out=0.2", "training.frozen=0.1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_workers_and_interruptions_change_no_byte(finished, tmp_path, new_text, start):
    model = SUBWORDS if "subwords" in str(start("")) else ()
    choice, found = start(finished(*model)), []
    for workers in (1, 2):
        run = open_run(settings_for(new_text, *choice, workers=workers), tmp_path / f"{workers}")
        train(run)
        found.append(vectors(run))
    train(open_run(settings_for(new_text, *choice), tmp_path / "parts"), stop_after=3)
    shutil.rmtree(tmp_path / "old")  # what it starts from is not needed again
    run = open_run(settings_for(new_text, *choice, workers=2), tmp_path / "parts", resume=True)
    train(run)
    assert [*found, vectors(run)] == [found[0]] * 3
    records = [
        json.loads((tmp_path / name / "run.json").read_text()) for name in ("1", "2", "parts")
    ]
    assert records[0]["start"] == records[2]["start"]
    assert records[0]["hashes"] == records[1]["hashes"] == records[2]["hashes"]


def test_a_run_not_yet_saved_needs_what_it_starts_from(finished, tmp_path, new_text):
    old = finished()
    settings = settings_for(new_text, f"training.init={old}")
    open_run(settings, tmp_path / "new")
    shutil.rmtree(old)
    with pytest.raises(VectorsError, match="old"):
        open_run(settings, tmp_path / "new", resume=True)


@pytest.mark.slow
def test_other_contents_are_another_run_and_another_name_is_not(tmp_path, new_text):
    given = written(tmp_path, ["x1", "a1"], np.ones((2, 4)))
    same = written(tmp_path, ["x1", "a1"], np.ones((2, 4)), "same.txt")
    other = written(tmp_path, ["x1", "a1"], np.full((2, 4), 2), "other.txt")
    hashes = []
    for number, source in enumerate((given, same, other)):
        settings = settings_for(new_text, f"training.init={source}")
        run = open_run(settings, tmp_path / f"{number}")
        train(run)
        hashes.append(finish(run)["hashes"]["settings"])
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_changed_record_of_the_start_cannot_be_resumed(tmp_path, new_text):
    given = written(tmp_path, ["x1", "a1"], np.ones((2, 4)))
    settings = settings_for(new_text, f"training.init={given}")
    train(open_run(settings, tmp_path / "new"), stop_after=2)
    start = tmp_path / "new" / "start.json"
    start.write_text(json.dumps({**json.loads(start.read_text()), "sha256": "0"}))
    with pytest.raises(RunError, match="settings changed"):
        open_run(settings, tmp_path / "new", resume=True)
    start.unlink()
    with pytest.raises(RunError, match=r"start\.json"):
        open_run(settings, tmp_path / "new", resume=True)


@pytest.mark.parametrize("frozen", [1.0, 0.5])
def test_the_memory_needed_counts_the_factors(finished, planted_corpus, tmp_path, frozen):
    settings = settings_for(
        planted_corpus, f"training.init={finished()}", f"training.frozen={frozen}"
    )
    run = open_run(settings, tmp_path / "new")
    need = memory_need(settings, run.engine.plan, run.corpus)
    held = sum(array.nbytes for array in run.engine.trained.arrays.values())
    assert need.parameters == held
    assert ("factors" in run.engine.trained.arrays) == (frozen != 1)


def test_a_plan_says_where_the_run_will_start(finished, tmp_path, new_text):
    settings = settings_for(new_text, *grown(finished(), "training.frozen=0.5"))
    corpus, start = read_corpus(settings), read_start(settings)
    plan = make_plan(settings, corpus, tmp_path / "new", start)
    run = open_run(settings, tmp_path / "new")
    assert plan.vocabulary.words == len(run.vocabulary.words) == 43
    assert plan.vocabulary.tokens == corpus.n_tokens
    assert plan.parameters == run.engine.parameters.size
    assert (plan.start.given, plan.start.new, plan.start.frozen_words) == (40, 3, 40)
    assert plan.start.outside and plan.start.remembered and plan.start.grown
    json.dumps(plan.as_dict(), allow_nan=False)


def invoke(*arguments):
    return CliRunner().invoke(w2v, ["train", *map(str, arguments)])


@pytest.mark.slow
def test_continue_makes_a_run_of_its_own_and_leaves_the_old_one(finished, tmp_path, new_text):
    old = finished("model.dim=6")
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    result = invoke("--continue", old, "--corpus", new_text, "-o", tmp_path / "new", "--workers", 1)
    assert result.exit_code == 0, result.stderr
    assert "40 of the words" in result.stderr and "3 new" in result.stderr
    assert before == {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    record = json.loads((tmp_path / "new" / "run.json").read_text())
    assert record["vocabulary"] == 43
    [ancestor] = record["start"]["lineage"]
    assert ancestor["vectors"] == json.loads((old / "run.json").read_text())["hashes"]["vectors"]
    last = tmp_path / "last"
    result = invoke("--continue", tmp_path / "new", "--corpus", new_text, "-o", last, "--quiet")
    assert result.exit_code == 0, result.stderr
    lineage = json.loads((last / "run.json").read_text())["start"]["lineage"]
    assert [entry["run"] for entry in lineage] == [str(old), str(tmp_path / "new")]
    assert load_vectors(last).dim == 6


@pytest.mark.slow
@pytest.mark.parametrize("stopped", [False, True])
def test_info_and_report_say_where_a_run_started(finished, tmp_path, new_text, stopped):
    old, new = finished(), tmp_path / "new"
    run = open_run(settings_for(new_text, *grown(old, "training.frozen=0.5")), new)
    train(run, stop_after=3 if stopped else None)
    if not stopped:
        finish(run)
    shown = CliRunner().invoke(w2v, ["info", str(new)])
    assert shown.exit_code == 0, shown.stderr
    assert f"start       40 of the words from {old}: vectors, outside vectors, AdaGrad's" in (
        shown.stdout
    )
    assert "counts      added up, with those of 0 words it left out" in shown.stdout
    assert "frozen      40 of them: their steps × 0.5" in shown.stdout
    run_facts = read_run(new)
    assert "Start: 40 words with the vectors of old, 3 new." in summary(run_facts)


@pytest.mark.slow
def test_continue_shows_its_settings_and_what_may_be_changed(finished, new_text):
    old = finished("training.epochs=3")
    arguments = "--continue", old, "--corpus", new_text, "--show-config", "--json"
    shown = json.loads(invoke(*arguments, "--set", "training.frozen=0").stdout)
    assert shown["training.init"] == {"value": str(old), "origin": "--continue"}
    assert shown["training.init_vocabulary"]["value"] == "grown"
    assert shown["training.epochs"]["value"] == 3
    assert shown["training.frozen"] == {"value": 0.0, "origin": "--set"}


@pytest.mark.slow
def test_continue_chooses_anew_what_depends_on_a_setting_that_is_changed(finished, new_text):
    old = finished("training.optimizer=adagrad")

    def shown(*choice):
        sets = (part for each in choice for part in ("--set", each))
        arguments = "--continue", old, "--corpus", new_text, "--show-config", "--json"
        found = json.loads(invoke(*arguments, *sets).stdout)
        return {key.rpartition(".")[2]: each["value"] for key, each in found.items()}

    kept = shown("training.epochs=7")
    assert kept["learning_rate"] > kept["min_learning_rate"] > 0
    changed = shown("training.optimizer=sgd")
    assert (changed["learning_rate"], changed["min_learning_rate"]) == (None, None)
    assert shown("training.optimizer=sgd", "training.learning_rate=0.5")["learning_rate"] == 0.5
    steps = OBJECTIVES["naive_softmax"].tokens_per_step
    assert shown("objective.name=naive_softmax")["tokens_per_step"] == steps
    assert (kept["shards"], shown("machine.cluster=local:2")["shards"]) == (1, None)


def test_a_plan_on_the_screen_says_what_is_given_and_what_is_not(tmp_path, new_text):
    given = written(tmp_path, ["x1", "zz"], np.ones((2, 100)))
    result = invoke("--init", given, "--corpus", new_text, "--plan", "--min-count", 1)
    assert result.exit_code == 0, result.stderr
    assert f"start       1 of the words from {given}: vectors; outside vectors start at zero; " in (
        result.stdout
    )
    assert "7 new" in result.stdout


def test_flags_that_contradict_continue_are_refused(finished, tmp_path, new_text):
    old = finished()
    for others, message in (
        (["--resume", "-o", old, "--corpus", new_text], "--continue and --resume contradict"),
        (["--init", "x.txt", "--corpus", new_text], "--continue and --init contradict"),
        (["--set", "training.init=x"], "--continue and training.init (--set) contradict"),
        ([old / "config.yaml"], f"--continue and training.init ({old}/config.yaml) contradict"),
        ([], "--continue needs --corpus"),
        (["--corpus", new_text, "--force", "-o", old], "holds what training.init names"),
    ):
        result = invoke("--continue", old, *others)
        assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
    assert invoke("--continue", tmp_path / "none", "--corpus", new_text).exit_code == 1


def test_what_does_not_fit_is_refused_before_the_corpus_is_read(finished, tmp_path):
    old, missing = finished(), tmp_path / "no such corpus.txt"
    plain = written(tmp_path, ["x1", "a1"], np.ones((2, 4)))
    (tmp_path / "others.txt").write_text("X1\nA1\n")
    others = f"training.frozen={tmp_path / 'others.txt'}"
    for choice, message in (
        ((*SUBWORDS, *grown(old)), "no vectors of n-grams.*--set training.frozen=1"),
        ((f"training.init={old}", others), r"none of the 2 words in .*others\.txt has a vector"),
        (("model.dim=7", f"training.init={old}"), r"have 4 numbers, and 'model\.dim' is 7"),
        (
            (*SUBWORDS, f"training.init={plain}", "training.frozen=0.5"),
            "has no vectors of n-grams",
        ),
        (grown(plain), "'grown' adds up counts, and .* has none"),
        ((f"training.init={old}", "training.frozen=none.txt"), r"none\.txt: cannot be read"),
    ):
        with pytest.raises(UsageError, match=message):
            read_start(settings_for(missing, *choice))


@pytest.mark.parametrize("array", ["squares", "rows"])
def test_a_damaged_checkpoint_is_no_start(finished, new_text, array):
    old = finished(*SUBWORDS, "training.optimizer=adagrad")
    [path] = sorted((old / "checkpoint").glob("step-*.npz"))[-1:]
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo(f"{array}.npy").header_offset + 400
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(RunError, match=rf"damaged checkpoint \(Bad CRC-32 of {array}\.npy\)"):
        read_start(settings_for(new_text, *SUBWORDS, f"training.init={old}"))


def test_ngrams_of_another_kind_are_refused_with_both(finished, new_text):
    old = finished(*SUBWORDS)
    with pytest.raises(UsageError, match=r"1 to 6 characters in 50 .* 2 to 6 characters in 50 "):
        read_start(
            settings_for(new_text, *SUBWORDS, "model.subwords.min=2", f"training.init={old}")
        )


def test_an_unfinished_run_is_refused(finished, new_text):
    old = finished()
    (old / "run.json").unlink()
    with pytest.raises(RunError, match="unfinished"):
        read_start(settings_for(new_text, f"training.init={old}"))


def test_vectors_of_no_word_of_the_corpus_are_refused(tmp_path, new_text):
    given = written(tmp_path, ["X1", "A1"], np.ones((2, 4)))
    with pytest.raises(VectorsError, match=r"for none of the 8 words .*'X1', 'A1'"):
        open_run(settings_for(new_text, f"training.init={given}"), tmp_path / "new")


def test_vectors_of_absurd_length_are_refused_by_their_word(tmp_path, new_text):
    given = written(tmp_path, ["x1", "a1"], np.diag([1, 300, 0, 0])[:2])
    with pytest.raises(VectorsError, match=r"given\.txt: the vector of 'a1' is 300 long"):
        open_run(settings_for(new_text, f"training.init={given}"), tmp_path / "new")


def test_a_damaged_checkpoint_is_named_and_a_missing_one_means_a_fresh_optimizer(
    finished, tmp_path, new_text
):
    old = finished()
    settings = settings_for(new_text, f"training.init={old}")
    newest = max((old / "checkpoint").glob("step-*.npz"))
    newest.write_bytes(newest.read_bytes()[:-50])
    with pytest.raises(RunError, match=f"{newest.name}: damaged"):
        read_start(settings)
    shutil.rmtree(old / "checkpoint")
    start = read_start(settings)
    run = opened(settings, read_corpus(settings), folder_of(tmp_path / "new"), resume=False)
    assert not start.remembers(settings)
    assert not run.engine.trained.squares.any()


def test_a_checkpoint_of_other_vectors_is_not_used(finished, new_text):
    old = finished()
    newest = max((old / "checkpoint").glob("step-*.npz"))
    with np.load(newest) as saved:
        arrays = dict(saved)
    arrays["parameters"][3, 0, 0] += 1
    np.savez(newest, **arrays)
    assert read_start(settings_for(new_text, f"training.init={old}")).saved is None


def folder_of(path: Path):
    from w2v_cli.training.run.run_folder import RunFolder

    path.mkdir()
    return RunFolder(path)


@pytest.mark.parametrize("setting", ["training.init_vocabulary=union", "training.frozen=0"])
def test_settings_about_given_vectors_need_some(new_text, setting):
    with pytest.raises(UsageError, match=r"expected 'training\.init' too"):
        settings_for(new_text, setting)


def test_what_is_odd_in_a_vector_file_to_start_from_is_told_once(tmp_path, new_text):
    given = tmp_path / "given.txt"
    given.write_text("a1 1 2 3\na1 4 5 6\nb1 1 2 3\n")
    told = []
    start = read_start(settings_for(new_text, f"training.init={given}", "model.dim=3"), told.append)
    assert start.vectors.words == ["a1", "b1"]
    assert told == [f"{given}: 1 repeated word (the first counts); w2v info says where"]
