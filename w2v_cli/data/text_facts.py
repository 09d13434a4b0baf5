"""What the tokens of a corpus look like, for advice on its tokenizer."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.characters import UNSPACED, plain
from w2v_cli.data.encoded import EncodedCorpus
from w2v_cli.data.tokenizers import spaced_words

__all__ = ["OtherForms", "TextFacts", "text_facts"]

_EXAMINED_TYPES = 50_000  # the most frequent; nearly all tokens of most texts
_PUNCTUATION = ".,;:!?…\"'”’»)]}。、，；：！？」』）"
_UNSPACED = re.compile(f"[{UNSPACED}]")


class OtherForms(NamedTuple):
    """Words that have another form: their share of the tokens, and the most frequent of them."""

    share: float
    word: str = ""
    other: str = ""


@dataclass(frozen=True)
class TextFacts:
    """Shares and means over the tokens of a corpus, or of its most frequent words.

    lonely: the share of the lines that are one token.
    length: the characters of the average token.
    unspaced: the share of the tokens with letters of scripts that are written without spaces.
    words_inside: how many words the tokenizer `words` finds in the average token.
    word_length: the characters of the average one of these words.
    punctuated: tokens that are another word and punctuation after it.
    capitalised: tokens that are another word but for their case.
    unseen: tokens that hold what does not show; the other form is without (`characters.plain`).
    """

    lonely: float
    length: float
    unspaced: float
    words_inside: float
    word_length: float
    punctuated: OtherForms
    capitalised: OtherForms
    unseen: OtherForms


def text_facts(corpus: EncodedCorpus) -> TextFacts:
    """The facts of an encoded corpus; it must not be empty."""
    counts = np.asarray(corpus.type_counts)
    chosen = np.argsort(-counts, kind="stable")[:_EXAMINED_TYPES]
    words, counts = corpus.words(chosen), counts[chosen]
    weights = counts / counts.sum()
    inside = [line.split() for line in _words_of(words)]
    n_inside = _mean(weights, map(len, inside))
    letters = _mean(weights, (sum(map(len, line)) for line in inside))
    return TextFacts(
        lonely=_lonely(corpus),
        length=_mean(weights, map(len, words)),
        unspaced=_mean(weights, (_UNSPACED.search(word) is not None for word in words)),
        words_inside=n_inside,
        word_length=letters / max(n_inside, 1e-9),
        punctuated=_other_forms(words, weights, lambda word: word.rstrip(_PUNCTUATION)),
        capitalised=_other_forms(words, weights, str.lower),
        unseen=_other_forms(words, weights, plain, known=False),
    )


def _lonely(corpus: EncodedCorpus) -> float:
    """The part of the lines that have one token."""
    alone = sum(np.count_nonzero(lengths == 1) for lengths in corpus.sentence_lengths())
    return alone / corpus.n_sentences


def _words_of(tokens: Iterable[str]) -> list[str]:
    """What the tokenizer `words` makes of each token."""
    lines = spaced_words("".join(f"{token}\n" for token in tokens).encode()).decode()
    return lines.split("\n")[:-1]


def _mean(weights: NDArray[np.float64], values: Iterable[float]) -> float:
    return float(weights @ np.fromiter(values, np.float64, len(weights)))


def _other_forms(
    words: list[str],
    weights: NDArray[np.float64],
    form: Callable[[str], str],
    *,
    known: bool = True,
) -> OtherForms:
    """The words, most frequent first, that `form` changes; if `known`, into one of the others."""
    beside = set(words)
    rows = [
        row
        for row, word in enumerate(words)
        if (other := form(word)) != word and (other in beside or not known)
    ]
    if not rows:
        return OtherForms(0.0)
    first = words[rows[0]]
    return OtherForms(float(weights[rows].sum()), first, form(first))
