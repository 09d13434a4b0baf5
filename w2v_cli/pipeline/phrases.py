"""Phrases of a corpus: found in it, pass by pass, and joined in it as the settings say."""

from collections.abc import Sequence
from pathlib import Path

from w2v_cli.config import Settings
from w2v_cli.data.collocations import Phrase, Rule, connector_words, find_phrases
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.joining import join_phrases
from w2v_cli.data.phrase_file import Passes, read_phrases
from w2v_cli.pipeline.machine import cache_bytes, cache_folder

__all__ = ["find_in_passes", "given_phrases", "with_phrases"]


def given_phrases(settings: Settings) -> Passes:
    """The phrases of the file that the settings name, none where they name none.

    Raises:
        CorpusError: the file cannot be read, or holds none.
    """
    file = settings.corpus.phrases.file
    return [] if file is None else read_phrases(Path(file))


def with_phrases(settings: Settings, corpus: EncodedCorpus, given: Passes) -> EncodedCorpus:
    """The corpus with the given phrases joined, or those that the settings say to find in it.

    Raises:
        W2VError: the cache cannot be written.
    """
    asked = settings.corpus.phrases
    if asked.passes:
        connectors = connector_words(asked.connectors or "")
        rule = Rule(asked.scoring, asked.threshold, asked.min_count, connectors)
        found = find_in_passes(settings, corpus, rule, asked.passes)
        given = [[phrase.words for phrase in phrases] for phrases in found]
    for phrases in given:
        corpus = _joined(settings, corpus, phrases)
    return corpus


def find_in_passes(
    settings: Settings, corpus: EncodedCorpus, rule: Rule, n_passes: int
) -> list[list[Phrase]]:
    """The phrases that each pass finds; from the second on, they hold phrases of earlier passes.

    A pass that finds nothing is the last, and is left out.

    Raises:
        W2VError: the cache cannot be written.
    """
    passes: list[list[Phrase]] = []
    while len(passes) < n_passes:
        if passes:
            corpus = _joined(settings, corpus, [phrase.words for phrase in passes[-1]])
        found = find_phrases(corpus, rule)
        if not found:
            break
        passes.append(found)
    return passes


def _joined(
    settings: Settings, corpus: EncodedCorpus, phrases: Sequence[tuple[str, ...]]
) -> EncodedCorpus:
    """The corpus with the phrases of one pass joined, in the cache of the settings."""
    return join_phrases(
        corpus,
        phrases,
        scan_limit=settings.vocabulary.scan_limit,
        cache=cache_folder(settings),
        cache_bytes=cache_bytes(settings),
    )
