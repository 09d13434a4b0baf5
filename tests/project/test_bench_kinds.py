"""Data that is not prose: the oracle, what is generated, and the judges, by other means."""

import itertools
import json
from collections import Counter

import numpy as np
import pytest
from scipy.optimize import minimize

from benchmark.kinds import graphs, measuring, novel, sessions, symbols
from benchmark.kinds.case import Case, Data, Score, Trained, load, write_lines
from benchmark.kinds.measuring import Measurement, Outcome, report
from benchmark.kinds.optimum import expected_loss, expected_pairs
from benchmark.task import BenchError, Sample

pytestmark = pytest.mark.slow

LINES = [np.array(line) for line in ([0, 1, 2, 1, 0, 0], [2, 2, 3], [3], [1, 0, 3, 0])]
WORDS, WINDOW, NEGATIVES = 4, 3, 2


def counted(lines, words):
    return np.bincount(np.concatenate(lines), minlength=words).astype(float)


def every_window(lines, window):
    """Each (centre, context word) of each window, with the probability of its width."""
    for line in lines:
        for at, width in itertools.product(range(len(line)), range(1, window + 1)):
            for other in range(max(at - width, 0), min(at + width + 1, len(line))):
                if other != at:
                    yield line[at], line[other], 1 / window


def loss_by_hand(scores):
    """The mean over every pair and every draw of negatives, drawn one by one."""
    noise = counted(LINES, WORDS) ** 0.75
    noise /= noise.sum()
    total = pairs = 0.0
    for center, target, chance in every_window(LINES, WINDOW):
        loss = np.log1p(np.exp(-scores[center, target]))
        for negative in range(WORDS):
            if negative != target:
                times = NEGATIVES * noise[negative]
                loss += times * np.log1p(np.exp(scores[center, negative]))
        total, pairs = total + chance * loss, pairs + chance
    return total / pairs


@pytest.fixture
def loss():
    return expected_loss(LINES, counted(LINES, WORDS), WINDOW, NEGATIVES)


def test_expected_pairs_are_those_of_every_window():
    wanted = np.zeros((WORDS, WORDS))
    for center, other, chance in every_window(LINES, WINDOW):
        wanted[center, other] += chance
    np.testing.assert_allclose(expected_pairs(LINES, WORDS, WINDOW), wanted, rtol=1e-12)


def test_window_may_be_wider_than_the_text():
    wanted = np.zeros((WORDS, WORDS))
    for center, other, chance in every_window(LINES, 50):
        wanted[center, other] += chance
    np.testing.assert_allclose(expected_pairs(LINES, WORDS, 50), wanted, rtol=1e-12)


def test_loss_of_vectors_is_the_mean_over_all_windows_and_draws(loss):
    rng = np.random.default_rng(1)
    center, outside = rng.normal(size=(2, WORDS, 3))
    assert loss.of_vectors(center, outside) == pytest.approx(
        loss_by_hand(center @ outside.T), rel=1e-12
    )


def test_no_scores_that_a_minimiser_finds_are_better_than_the_optimum(loss):
    found = minimize(lambda flat: loss_by_hand(flat.reshape(WORDS, WORDS)), np.zeros(WORDS * WORDS))
    assert loss.least() == pytest.approx(found.fun, abs=1e-4)
    assert loss.least() <= found.fun


def test_one_word_that_is_always_the_context_has_no_loss():
    lines = [np.array([0, 1] * 5)]
    only = expected_loss(lines, np.array([5.0, 5.0]), 1, 5)
    assert only.least() == 0
    assert only.of_vectors(np.zeros((2, 1)), np.zeros((2, 1))) == pytest.approx(
        np.log(2) * (1 + 5 / 2)
    )


def test_judge_of_the_loss_pairs_rows_by_word():
    lines = [list("abab"), list("cab")]
    rng = np.random.default_rng(2)
    center, outside = rng.normal(size=(2, 3, 2))
    judge = symbols.loss_judge(lines, 2)
    there = judge(Trained(["a", "b", "c"], center, outside))
    turned = judge(Trained(["c", "b", "a"], center[::-1], outside[::-1]))
    assert there["loss above the optimum"].value > 0
    assert there == turned


@pytest.mark.parametrize(
    ("lines", "tokens", "words"),
    [
        (lambda: symbols.chain(28), 200_000, 28),
        (lambda: symbols.chain(30, concentration=1e6), 200_000, 30),
        (lambda: symbols.kmers(3), 199_600, 64),
        (lambda: symbols.workflows(sessions=2000), 36_000, 28),
    ],
)
def test_symbols_are_as_many_as_their_name_says(lines, tokens, words):
    made = lines()
    counts = Counter(token for line in made for token in line)
    assert len(counts) == words
    assert counts.total() == pytest.approx(tokens, rel=0.01)
    assert made == lines()


def test_neighbouring_kmers_overlap():
    first, second = symbols.kmers(6)[0][:2]
    assert len(first) == 6
    assert first[1:] == second[:-1]


def test_characters_of_a_text_have_their_space(tmp_path):
    text = tmp_path / "text"
    text.write_text("so it goes\n" * 100 + "Q")
    lines = symbols.text_characters(str(text), tmp_path)
    assert {len(line) for line in lines} == {100}
    assert set().union(*lines) == set("soitge_")


def test_karate_club_has_its_members_and_meetings():
    club = graphs.karate()
    assert club.nodes == 34
    assert len(club.neighbours) == 2 * 78
    degrees = np.diff(club.starts)
    assert (degrees[0], degrees[33], degrees[11]) == (16, 17, 1)  # as published
    assert not (club.neighbours == np.repeat(np.arange(34), degrees)).any()


def test_walks_go_along_edges():
    graph = graphs.communities(nodes=300, groups=4)
    walks = graphs.random_walks(graph, 2)
    edges = set(
        zip(np.repeat(np.arange(300), np.diff(graph.starts)), graph.neighbours, strict=True)
    )
    starts = Counter(int(walk[0]) for walk in walks)
    assert {len(walk) for walk in walks} == {graphs.WALK}
    assert all(starts[node] == 2 for node in np.flatnonzero(np.diff(graph.starts)))
    for walk in walks:
        assert all((int(a), int(b)) in edges for a, b in itertools.pairwise(walk))


def test_groups_are_told_from_vectors_that_hold_them_and_not_from_noise():
    rng = np.random.default_rng(3)
    groups = np.zeros((200, 3), np.bool_)
    groups[np.arange(200), rng.integers(3, size=200)] = True
    order = rng.permutation(200)
    words = [str(node) for node in order]
    vectors = groups[order].astype(np.float32)
    judge = graphs.groups_judge(groups)
    known = judge(Trained(words, vectors, vectors))
    assert {round(score.value) for score in known.values()} == {100}
    noise = rng.normal(size=(200, 3)).astype(np.float32)
    assert judge(Trained(words, noise, noise))["micro F1, 50% seen"].value < 60


def test_graph_of_deepwalk_is_read(tmp_path):
    from scipy.io import savemat
    from scipy.sparse import csr_array

    network = np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    group = np.array([[1, 0], [0, 1], [1, 1]])
    path = tmp_path / "graph.mat"
    savemat(path, {"network": csr_array(network), "group": csr_array(group)})
    graph = graphs.read_mat(str(path))
    assert graph.neighbours.tolist() == [1, 2, 0, 0]
    assert graph.groups.tolist() == [[True, False], [False, True], [True, True]]


def test_next_item_counts_when_it_is_among_the_ten_nearest():
    angles = np.linspace(0, 1, 15)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    trained = Trained([f"i{n}" for n in range(15)], vectors, vectors)
    asked = [["i9", "i0", "i1"], ["i9", "i0", "i3"], ["i9", "i0", "i11"], ["i9", "i0", "new"]]
    scores = sessions.next_item_judge(asked)(trained)
    assert scores["HR@10"].value == 50
    assert scores["NDCG@10"].value == pytest.approx(100 * (1 + 0.5) / 4)


def test_last_item_is_left_out_of_training(tmp_path):
    (tmp_path / "sessions").write_text("a b c\nd\n\nb a a d\n")
    case = sessions.cases(str(tmp_path / "sessions"), tmp_path)[0]
    assert case.make().lines == [["a", "b"], ["b", "a", "a"]]


def test_items_of_a_session_are_of_few_topics():
    lines = sessions.mixture(50, 9, items=400, topics=40)
    assert len(lines) == 50
    assert np.mean([len(line) for line in lines]) == pytest.approx(10, abs=2)
    after = {}
    for a, b in itertools.chain.from_iterable(map(itertools.pairwise, lines)):
        after.setdefault(a, Counter())[b] += 1
    often = [nexts.most_common(1)[0][1] / nexts.total() for nexts in after.values()]
    assert np.mean(often) > 0.2  # of 400 items, each follows on its own in one of 400


def test_precision_of_categories_is_that_of_scikit_learn(monkeypatch):
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(4)
    words = ["father", "mother", "son", "red", "two", "three", "four", "five", "sang"]
    vectors = rng.normal(size=(len(words), 4)).astype(np.float32)
    trained = Trained(words, vectors, vectors)
    cosines = trained.normalised() @ trained.normalised().T
    wanted = []
    for category in (["father", "mother", "son"], ["two", "three", "four", "five"]):
        rows = [words.index(word) for word in category]
        found = []
        for row in rows:
            others = [n for n in range(len(words)) if n != row]
            truth = [n in rows for n in others]
            found.append(average_precision_score(truth, cosines[row, others]))
        wanted.append(np.mean(found))
    score = novel.categories_judge()(trained)["mean average precision"]
    assert score.value == pytest.approx(100 * np.mean(wanted), rel=1e-5)


def test_categories_share_no_word_and_are_words_of_a_text(tmp_path):
    listed = [word for words in novel.CATEGORIES.values() for word in words.split()]
    assert len(listed) == len(set(listed))
    book = tmp_path / "book"
    book.write_text("“My Mother's dog,” he said.\n\n" * 3)
    assert novel.read_book(book) == [["my", "mother's", "dog", "he", "said"]] * 3


def test_files_of_a_run_are_loaded(tmp_path):
    np.save(tmp_path / "vectors.npy", np.eye(2))
    np.save(tmp_path / "outside.npy", np.ones((2, 2)))
    (tmp_path / "vocab.tsv").write_text("b\t3\na\t1\n")
    trained = load(tmp_path / "vectors.npy")
    assert trained.rows == {"b": 0, "a": 1}
    assert trained.outside.sum() == 4


def outcome(ours, theirs, allowed, less=False):
    made = Outcome(Case("c", None))
    made.scores = [({"s": Score(ours, allowed, less)}, {"s": Score(theirs, allowed, less)})]
    return made


@pytest.mark.parametrize(
    ("made", "reached"),
    [
        (outcome(30.0, 30.3, 0.3), True),
        (outcome(30.0, 30.31, 0.3), False),
        (outcome(0.02, 0.01, 0.01, less=True), True),
        (outcome(0.021, 0.01, 0.01, less=True), False),
    ],
)
def test_ours_may_be_worse_by_what_is_allowed(made, reached):
    assert made.reached is reached


@pytest.mark.parametrize(
    ("peak", "forecast", "allowed", "reached"),
    [(100, 110, 400, True), (100, 111, 400, False), (100, 89, 400, False), (401, 401, 400, False)],
)
def test_memory_must_be_as_foretold_and_within_bounds(peak, forecast, allowed, reached):
    made = Outcome(Case("c", None), memory=(peak, forecast, allowed))
    assert made.reached is reached


def test_case_trains_both_sides_and_says_so(tmp_path, monkeypatch):
    asked = []

    def train(task, *_):
        asked.append((task.out.name, task.seed, task.dim, task.overrides, task.corpus.read_text()))
        np.save(task.out / "vectors.npy", np.eye(2))
        np.save(task.out / "outside.npy", np.eye(2))
        (task.out / "vocab.tsv").write_text("a\t1\nb\t1\n")
        return Sample(6.0 if task.out.name == "ours" else 2.0, vectors=task.out / "vectors.npy")

    monkeypatch.setattr(measuring, "CAN_MEASURE_MEMORY", False)
    monkeypatch.setattr(measuring.ours, "train", train)
    monkeypatch.setattr(measuring.peers, "gensim_train", train)
    data = Data([["a", "b"]], lambda trained: {"trace": Score(np.trace(trained.center), 0.0)})
    case = Case("ab", lambda: data, {"dim": 7}, speed=4.0)
    made = Measurement(tmp_path, 2, False, ("x=1",)).outcome(case)
    assert [one[:3] for one in asked] == [
        *(("ours", 1, 7), ("theirs", 1, 7), ("ours", 2, 7), ("theirs", 2, 7))
    ]
    assert {one[3:] for one in asked} == {(("x=1",), "a b\n")}
    assert (
        "| ab | trace | 2.00 [2.00–2.00] | 2.00 [2.00–2.00] | +0.00 | −0.00 | reached |"
        in report([made])
    )
    assert "3.00× [3.00–3.00] | 4.0× | **missed**" in report([made])
    assert not made.reached
    json.dumps(made.record())


def test_failure_is_reported(tmp_path, monkeypatch):
    def fail(*_):
        raise BenchError("gensim failed: no memory")

    monkeypatch.setattr(measuring, "CAN_MEASURE_MEMORY", False)
    monkeypatch.setattr(measuring.ours, "train", fail)
    made = Measurement(tmp_path, 1, False, ()).outcome(Case("ab", lambda: Data([["a"]], None)))
    assert not made.reached
    assert report([made]) == "ab: gensim failed: no memory"


def test_tokens_are_separated_by_blanks(tmp_path):
    write_lines([["a", "é"], ["b"]], tmp_path / "text")
    assert (tmp_path / "text").read_bytes() == "a é\nb\n".encode()


@pytest.mark.parametrize("kind", [graphs, novel, sessions])
def test_a_case_is_named_by_its_file_without_the_folders(kind, tmp_path):
    corpus = tmp_path / "data.txt"
    corpus.write_text("a b c\n")
    names = [case.name for case in kind.cases(str(corpus), tmp_path)]
    assert any(name.startswith("data.txt, ") for name in names)
    assert not any(str(tmp_path) in name for name in names)
