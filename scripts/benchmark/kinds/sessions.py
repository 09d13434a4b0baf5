"""Sessions of items, as recommenders have them; judged by the last item, not trained on."""

from functools import partial
from pathlib import Path

import numpy as np

from benchmark.kinds.case import Case, Data, Judge, Lines, Score, Trained, named

SPEED = 5.0
_BEST = 10  # items that are recommended


def cases(corpus: str | None, folder: Path) -> list[Case]:
    """Long sessions with wide windows, short ones, and a window far wider than any session."""
    if corpus is not None:
        lines = [line.split() for line in Path(corpus).read_text("utf-8").splitlines()]
        return _cases(named(corpus), partial(list, lines), ((50, 20), (200, 20)))
    return [
        *_cases("long sessions", partial(mixture, 2000, 100), ((50, 20), (200, 20))),
        *_cases("short sessions", partial(mixture, 20_000, 9), ((50, 20), (1000, 20))),
    ]


def _cases(name: str, make_lines: partial[Lines], plans: tuple[tuple[int, int], ...]) -> list[Case]:
    """Each plan with two noise exponents: −0.5 suits items (Caselles-Dupré et al., 2018)."""
    return [
        Case(
            f"{name}, window {window}, noise {exponent:g}",
            partial(_data, make_lines),
            {
                **{"dim": 50, "window": window, "epochs": epochs},
                **{"threshold": 0, "min_count": 1, "noise_exponent": exponent},
            },
            SPEED,
        )
        for window, epochs in plans
        for exponent in (-0.5, 0.75)
    ]


def _data(make_lines: partial[Lines]) -> Data:
    sessions = [session for session in make_lines() if len(session) > 2]
    return Data([session[:-1] for session in sessions], next_item_judge(sessions))


def mixture(sessions: int, length: int, items: int = 4000, topics: int = 40) -> Lines:
    """Sessions about one to three topics, of items more or less liked.

    Half of the items follow from the one before: each is one of five that go with it.
    """
    rng = np.random.default_rng(13)
    topic_of = rng.integers(topics, size=items)
    liked = 1 / (1 + rng.permutation(items)) ** 0.8
    chosen = [_cumulated(liked * (topic_of == topic)) for topic in range(topics)]
    follow = np.stack(
        [np.searchsorted(chosen[topic], rng.random(5)) for topic in topic_of]
    )  # (items, 5)
    lengths = np.maximum(3, rng.lognormal(np.log(length), 0.5, sessions)).astype(int)
    made = []
    for size in lengths:
        about = rng.integers(topics, size=3)[: rng.integers(1, 4)]
        session: list[int] = []
        for draw in rng.random((size, 3)):
            if session and draw[0] < 0.5:
                session.append(int(follow[session[-1], int(draw[1] * 5)]))
            else:
                topic = about[int(draw[1] * len(about))]
                session.append(int(np.searchsorted(chosen[topic], draw[2])))
        made.append([f"i{item}" for item in session])
    return made


def _cumulated(weights: np.ndarray) -> np.ndarray:
    return np.cumsum(weights) / weights.sum()


def next_item_judge(sessions: Lines) -> Judge:
    """Whether the last item is among the ten nearest to the one before, in %, and how early.

    `HR@10` is how often it is; `NDCG@10` counts place r as 1/log₂(r + 1). An item that is in
    no session without its last item cannot be found, and counts as missed.
    """

    def judge(trained: Trained) -> dict[str, Score]:
        rows, vectors = trained.rows, trained.normalised()
        asked = [(rows.get(s[-2], -1), rows.get(s[-1], -1)) for s in sessions if s[-2] != s[-1]]
        gains = np.array([gain for pairs in _parts(asked) for gain in _gains(vectors, pairs)])
        scores = {}
        for name, values in (("HR@10", gains > 0), ("NDCG@10", gains)):
            interval = 196 * float(np.std(values)) / len(values) ** 0.5
            scores[name] = Score(100 * float(np.mean(values)), interval)
        return scores

    return judge


def _parts(asked: list[tuple[int, int]], size: int = 1000) -> list[list[tuple[int, int]]]:
    return [asked[low : low + size] for low in range(0, len(asked), size)]


def _gains(vectors: np.ndarray, pairs: list[tuple[int, int]]) -> list[float]:
    last, hidden = np.array(pairs).T
    near = vectors[last] @ vectors.T
    each = np.arange(len(pairs))
    near[each, last] = -np.inf
    rank = 1 + (near > near[each, hidden][:, None]).sum(axis=1)
    found = (rank <= _BEST) & (hidden >= 0) & (last >= 0)
    return list(np.where(found, 1 / np.log2(rank + 1), 0.0))
