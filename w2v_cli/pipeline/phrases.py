"""Phrases of a corpus: found in it, pass by pass, and joined in it as the settings say."""

from pathlib import Path

from w2v_cli.config import Settings
from w2v_cli.data.collocations import Phrase, Rule, find_phrases
from w2v_cli.data.encoding import EncodedCorpus, default_cache
from w2v_cli.data.joining import join_phrases
from w2v_cli.data.phrase_file import Passes, read_phrases

__all__ = ["find_in_passes", "given_phrases", "with_phrases"]


def given_phrases(settings: Settings) -> Passes:
    """The phrases that the settings name, none where they name no file.

    Raises:
        CorpusError: the file cannot be read, or holds none.
    """
    file = settings.corpus.phrases
    return [] if file is None else read_phrases(Path(file))


def with_phrases(settings: Settings, corpus: EncodedCorpus, passes: Passes) -> EncodedCorpus:
    """The corpus with the phrases of each pass joined, in the cache of the settings.

    Raises:
        W2VError: the cache cannot be written.
    """
    machine = settings.machine
    for phrases in passes:
        corpus = join_phrases(
            corpus,
            phrases,
            scan_limit=settings.vocabulary.scan_limit,
            cache=default_cache() if machine.cache is None else Path(machine.cache),
            cache_bytes=round(machine.cache_gib * 2**30),
        )
    return corpus


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
