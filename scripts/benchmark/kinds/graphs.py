"""Walks over graphs, as DeepWalk makes them; judged by predicting the groups of nodes."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.kinds.case import Case, Data, Judge, Lines, Score, Trained, named
from benchmark.kinds.symbols import loss_judge

ALLOWED = 0.3  # points of F1 below gensim's
SPEED = 4.0
PARTS = (0.1, 0.5, 0.9)  # of the nodes; the classifier sees their groups
REPEATS = 10
WALK = 40
PLANS = ((10, 1), (10, 5), (80, 1))  # walks a node, epochs

# Zachary, An information flow model for conflict and fission in small groups, 1977: who of a
# karate club met outside of it. The neighbours with a higher number of members 0 to 32.
KARATE = (
    "1 2 3 4 5 6 7 8 10 11 12 13 17 19 21 31|2 3 7 13 17 19 21 30|3 7 8 9 13 27 28 32|7 12 13"
    "|6 10|6 10 16|16||30 32 33|33||||33|32 33|32 33|||32 33|33|32 33||32 33|25 27 29 32 33"
    "|25 27 31|31|29 33|33|31 33|32 33|32 33|32 33|33|"
)


@dataclass(frozen=True)
class Graph:
    """Nodes, the neighbours of each, and the groups it is in."""

    starts: npt.NDArray[np.intp]  # (n + 1,) where the neighbours of a node begin
    neighbours: npt.NDArray[np.intp]
    groups: npt.NDArray[np.bool_]  # (n, groups)

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.starts) - 1


def cases(corpus: str | None, folder: Path) -> list[Case]:
    """A generated graph, or one from a .mat file as those of DeepWalk; and the karate club."""
    graph = partial(read_mat, corpus) if corpus else communities
    settings = {"dim": 128, "window": 10, "threshold": 0, "min_count": 1}
    deep_walks = [
        Case(
            f"{named(corpus or 'communities')}, {walks} walks × {epochs}",
            partial(_deep_walk, graph, walks),
            {**settings, "epochs": epochs},
            SPEED,
        )
        for walks, epochs in PLANS
    ]
    club = Case(
        "karate club, window 5", _karate, {**settings, "dim": 50, "window": 5, "epochs": 10}
    )
    return [club, *deep_walks]


def _karate() -> Data:
    lines = random_walks(karate(), 100)
    return Data(lines, loss_judge(lines, 5))


def _deep_walk(graph: Any, walks: int) -> Data:
    made = graph()
    return Data(random_walks(made, walks), groups_judge(made.groups))


def karate() -> Graph:
    """The 34 members and 78 meetings."""
    pairs = [
        (member, int(other))
        for member, others in enumerate(KARATE.split("|"))
        for other in others.split()
    ]
    return from_edges(34, np.array(pairs), np.zeros((34, 0), np.bool_))


def communities(nodes: int = 4000, groups: int = 20, degree: int = 30) -> Graph:
    """Nodes of one to three groups; half of the edges join members of a group.

    How many edges a node has, and how many nodes a group has, is unequal as in real networks.
    """
    rng = np.random.default_rng(7)
    weights = np.minimum(1 / rng.random(nodes) ** 0.6, 30)
    sizes = 1 / np.arange(2, groups + 2) ** 0.7
    member = np.zeros((nodes, groups), np.bool_)
    for extra in (1.0, 0.3, 0.1):
        chosen = rng.choice(groups, nodes, p=sizes / sizes.sum())
        asked = rng.random(nodes) < extra
        member[np.flatnonzero(asked), chosen[asked]] = True
    ends = rng.choice(nodes, (nodes * degree // 2, 2), p=weights / weights.sum())
    group = np.array([rng.choice(np.flatnonzero(of_node)) for of_node in member])
    within = rng.random(len(ends)) < 0.5
    for number in range(groups):
        here = within & (group[ends[:, 0]] == number)
        of_group = weights * member[:, number]
        ends[here, 1] = rng.choice(nodes, here.sum(), p=of_group / of_group.sum())
    return from_edges(nodes, ends[ends[:, 0] != ends[:, 1]], member)


def read_mat(path: str) -> Graph:
    """A MATLAB file with `network` (n, n) and `group` (n, groups), both sparse."""
    from scipy.io import loadmat

    content = loadmat(path)
    edges = np.argwhere(np.triu(content["network"].toarray(), 1))
    return from_edges(content["network"].shape[0], edges, content["group"].toarray() > 0)


def from_edges(nodes: int, edges: npt.NDArray[Any], groups: npt.NDArray[np.bool_]) -> Graph:
    """An undirected graph; an edge named twice is one."""
    both = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    starts = np.searchsorted(both[:, 0], np.arange(nodes + 1))
    return Graph(starts, both[:, 1], groups)


def random_walks(graph: Graph, walks: int) -> Lines:
    """So many walks of 40 nodes from every node that has a neighbour, in random order."""
    rng = np.random.default_rng(11)
    degrees = np.diff(graph.starts)
    starts = np.repeat(np.flatnonzero(degrees), walks)
    rng.shuffle(starts)
    walked = np.empty((len(starts), WALK), np.intp)
    walked[:, 0] = starts
    for step in range(1, WALK):
        here = walked[:, step - 1]
        edge = (rng.random(len(here)) * degrees[here]).astype(np.intp)
        walked[:, step] = graph.neighbours[graph.starts[here] + edge]
    names = [str(node) for node in range(graph.nodes)]
    return [[names[node] for node in walk] for walk in walked.tolist()]


def groups_judge(groups: npt.NDArray[np.bool_]) -> Judge:
    """Micro and macro F1, in %, of groups predicted by a logistic regression for each group.

    As in DeepWalk, how many groups a node has is known, and the likeliest ones are taken.
    """

    def judge(trained: Trained) -> dict[str, Score]:
        nodes = np.array([int(word) for word in trained.words])
        inside = groups[nodes].any(axis=1)
        vectors, truth = trained.center[inside], groups[nodes][inside]
        scores = {}
        for part in PARTS:
            pairs = [_f1(vectors, truth, part, seed) for seed in range(REPEATS)]
            for name, value in zip(("micro", "macro"), np.mean(pairs, axis=0), strict=True):
                scores[f"{name} F1, {part:.0%} seen"] = Score(float(value), ALLOWED)
        return scores

    return judge


def _f1(
    vectors: npt.NDArray[np.float32], truth: npt.NDArray[np.bool_], part: float, seed: int
) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score

    order = np.random.default_rng(seed).permutation(len(truth))
    seen, rest = np.split(order, [int(part * len(truth))])
    likely = np.full((len(rest), truth.shape[1]), -np.inf)
    for group in np.flatnonzero(truth[seen].any(axis=0) & ~truth[seen].all(axis=0)):
        classifier = LogisticRegression(solver="liblinear").fit(vectors[seen], truth[seen, group])
        likely[:, group] = classifier.decision_function(vectors[rest])
    rank = np.argsort(np.argsort(-likely, axis=1), axis=1)
    told = rank < truth[rest].sum(axis=1, keepdims=True)
    micro, macro = (
        f1_score(truth[rest], told, average=a, zero_division=0) for a in ("micro", "macro")
    )
    return 100 * float(micro), 100 * float(macro)
