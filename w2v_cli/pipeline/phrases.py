"""Phrases found in a corpus, pass by pass."""

from w2v_cli.config import Settings
from w2v_cli.data.collocations import Phrase, Rule, find_phrases
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.pipeline.reading import with_phrases

__all__ = ["find_in_passes"]


def find_in_passes(
    settings: Settings, corpus: EncodedCorpus, rule: Rule, n_passes: int
) -> list[list[Phrase]]:
    """The phrases of a corpus, and in further passes those that hold phrases of earlier ones.

    The passes end where one finds nothing.

    Raises:
        W2VError: the cache cannot be written.
    """
    passes: list[list[Phrase]] = []
    while len(passes) < n_passes:
        if passes:
            joined = [phrase.words for phrase in passes[-1]]
            corpus = with_phrases(settings, corpus, [joined])
        found = find_phrases(corpus, rule)
        if not found:
            break
        passes.append(found)
    return passes
