"""Few symbols, many of each: log events, characters, k-mers. Judged by the exact optimum."""

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from benchmark.corpora import BUILTIN, write_plain
from benchmark.kinds.case import Case, Data, Judge, Lines, Score, Trained
from benchmark.kinds.optimum import expected_loss

ALLOWED = 0.01  # nats a pair above gensim's loss
_NEGATIVES = 5
_SETTINGS = {"dim": 50, "epochs": 10, "threshold": 0, "min_count": 1, "negatives": _NEGATIVES}


def events(corpus: str | None, folder: Path) -> list[Case]:
    """Log events, of a file if one is given."""
    if corpus is not None:
        lines = [line.split() for line in Path(corpus).read_text("utf-8").splitlines()]
        return [_case(corpus, partial(list, lines), window) for window in (5, 10, 20)]
    kinds = {"28 log events": workflows, "64 states": partial(chain, 64)}
    cases = [
        _case(name, partial(made), window) for name, made in kinds.items() for window in (5, 10, 20)
    ]
    cases.append(_case("30 independent events", partial(chain, 30, concentration=1e6), 10))
    cases += [_case(f"{k}-mers", partial(kmers, k), window) for k, window in ((3, 12), (6, 5))]
    wide = [(2, 10), (28, 50), (28, 200), (28, 1000), (64, 500)]
    return cases + [
        _case(f"{symbols} states", partial(chain, symbols, length=2000), window, compared=False)
        for symbols, window in wide
    ]


def characters(corpus: str | None, folder: Path) -> list[Case]:
    """The characters of a text, a space among them; by default of the documentation of Python."""
    return [
        _case("characters", partial(text_characters, corpus or BUILTIN, folder), window)
        for window in (5, 10)
    ]


def _case(name: str, make_lines: partial[Lines], window: int, *, compared: bool = True) -> Case:
    def make() -> Data:
        lines = make_lines()
        return Data(lines, loss_judge(lines, window) if compared else lambda _: {})

    speed = 1.0 if compared else None
    settings = {**_SETTINGS, "window": window}
    return Case(f"{name}, window {window}", make, settings, speed, compared)


def workflows(events: int = 28, kinds: int = 6, sessions: int = 10_000) -> Lines:
    """Sessions of about 20 events: the steps of one of six workflows, nearly in order.

    Each step is logged one to three times. Some lines come a little late, and some belong to
    other workflows.
    """
    rng = np.random.default_rng(17)
    popularity = 1 / np.arange(1, events + 1)
    popularity /= popularity.sum()
    steps = [rng.choice(events, 9, replace=False, p=popularity) for _ in range(kinds)]
    lines = []
    for kind in rng.choice(kinds, sessions, p=popularity[:kinds] / popularity[:kinds].sum()):
        session = np.repeat(steps[kind], rng.integers(1, 4, len(steps[kind])))
        session = session[np.argsort(np.arange(len(session)) + rng.random(len(session)) * 2)]
        strange = rng.random(len(session)) < 0.03
        session[strange] = rng.choice(events, strange.sum(), p=popularity)
        lines.append([f"e{event}" for event in session])
    return lines


def chain(symbols: int, concentration: float = 0.15, length: int = 200) -> Lines:
    """200,000 states of a Markov chain; its rows of probabilities are Dirichlet draws."""
    rng = np.random.default_rng(3)
    steps = np.cumsum(rng.dirichlet(np.full(symbols, concentration), symbols), axis=1)
    steps[:, -1] = 1
    states, state = [], 0
    for draw in rng.random(200_000):
        state = int(np.searchsorted(steps[state], draw, side="right"))
        states.append(f"e{state}")
    return [states[low : low + length] for low in range(0, len(states), length)]


def genome(length: int = 200_000) -> str:
    """Bases of a Markov chain of order 3: real genomes too have favourite runs of letters."""
    rng = np.random.default_rng(5)
    steps = np.cumsum(rng.dirichlet(np.full(4, 2.0), 64), axis=1)
    steps[:, -1] = 1
    state, bases = 0, []
    for draw in rng.random(length):
        base = int(np.searchsorted(steps[state], draw, side="right"))
        state = (state * 4 + base) % 64
        bases.append("ACGT"[base])
    return "".join(bases)


def kmers(k: int, read: int = 1000) -> Lines:
    """Overlapping words of k bases, of reads of a genome."""
    bases = genome()
    reads = [bases[low : low + read] for low in range(0, len(bases), read)]
    return [[read[at : at + k] for at in range(len(read) - k + 1)] for read in reads]


def text_characters(corpus: str, folder: Path, most: int = 300_000) -> Lines:
    """Lines of 100 characters; `_` is a space, characters seen fewer than 5 times are left out."""
    plain = folder / "characters.txt"
    write_plain(corpus, plain, copies=1)
    with plain.open(encoding="utf-8", errors="replace") as file:
        text = "_".join(file.read(most).split())
    counts = Counter(text)
    kept = [character for character in text if counts[character] >= 5]
    return [kept[low : low + 100] for low in range(0, len(kept) - 99, 100)]


def loss_judge(lines: Lines, window: int) -> Judge:
    """How far the loss of all pairs is above the least possible."""
    counts = Counter(token for line in lines for token in line)
    row = {word: number for number, word in enumerate(counts)}
    numbered = [np.array([row[token] for token in line]) for line in lines]
    loss = expected_loss(numbered, np.array([*counts.values()], float), window, _NEGATIVES)
    least = loss.least()

    def judge(trained: Trained) -> dict[str, Score]:
        order = [trained.rows[word] for word in counts]
        found = loss.of_vectors(trained.center[order], trained.outside[order])
        return {"loss above the optimum": Score(found - least, ALLOWED, less_is_better=True)}

    return judge
