"""The corpus that the settings name: read, encoded, with its phrases joined."""

from collections.abc import Callable, Iterable
from functools import partial

from w2v_cli.config import Settings
from w2v_cli.data.encoding import Elsewhere, EncodedCorpus, encode_corpus
from w2v_cli.data.text_facts import text_facts
from w2v_cli.data.text_files import OtherFile
from w2v_cli.pipeline.machine import available_workers, cache_bytes, cache_folder
from w2v_cli.pipeline.node_reading import read_by_nodes
from w2v_cli.pipeline.phrases import given_phrases, with_phrases
from w2v_cli.pipeline.text_advice import other_files, tokenizer_advice

__all__ = ["read_advised", "read_corpus"]


def read_advised(
    settings: Settings,
    progress: Callable[[int, int], None] | None,
    warn: Callable[[str], None],
    given: Iterable[bytes] | None = None,
    *,
    advice: bool = True,
) -> EncodedCorpus:
    """The encoded corpus; `warn` is told what of it is no text, and which settings suit it.

    Without `advice`, as for a run that continues, nothing is said of settings.
    """
    others: list[OtherFile] = []
    phrases = given_phrases(settings)
    try:
        nodes = partial(read_by_nodes, settings, warn)
        text = _encoded(settings, progress, others.append, given, nodes)
    finally:
        for sentence in other_files(others):
            warn(sentence)
    if advice:
        for sentence in tokenizer_advice(text_facts(text), settings):
            warn(sentence)
    corpus = with_phrases(settings, text, phrases)
    if phrases and corpus.n_tokens == text.n_tokens:
        warn(
            f"no phrase of {settings.corpus.phrases.file} is in the corpus: they may have been "
            "found with another corpus.tokenizer or corpus.lowercase"
        )
    return corpus


def read_corpus(settings: Settings) -> EncodedCorpus:
    """The encoded corpus, from the cache if it is there; nothing is shown, and nobody is warned."""
    return with_phrases(settings, _encoded(settings), given_phrases(settings))


def _encoded(
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
    other: Callable[[OtherFile], None] | None = None,
    given: Iterable[bytes] | None = None,
    elsewhere: Elsewhere | None = None,
) -> EncodedCorpus:
    """The corpus as it is without phrases."""
    corpus = settings.corpus
    return encode_corpus(
        corpus.paths,
        encoding=corpus.encoding,
        errors=corpus.errors,
        tokenizer=corpus.tokenizer,
        lowercase=corpus.lowercase,
        scan_limit=settings.vocabulary.scan_limit,
        cache=cache_folder(settings),
        cache_bytes=cache_bytes(settings),
        workers=available_workers(settings),
        progress=progress,
        other=other,
        given=given,
        elsewhere=elsewhere,
    )
