"""What `w2v train` says of a corpus before it trains, in sentences."""

from collections.abc import Iterable, Iterator

from w2v_cli.config import Settings
from w2v_cli.data.text_facts import TextFacts
from w2v_cli.data.text_files import OtherFile

__all__ = ["other_files", "tokenizer_advice"]

_NAMED = 3  # kinds of files

_NEARLY_ALL, _WORTH_TELLING, _ANY = 0.9, 0.02, 0.001  # shares
_SPLITS = 1.5  # words in the average token, at least
_CLAUSE = 6  # characters; words of scripts without spaces are shorter on average

_SEGMENT = (
    "put spaces between the words with a program that knows their language, "
    "or between all characters, such as with sed 's/./& /g'"
)


def other_files(others: Iterable[OtherFile]) -> Iterator[str]:
    """A sentence for what was left out of the corpus, and one for markup that was not."""
    others = list(others)
    left_out = [other for other in others if not other.is_read]
    markup = [other for other in others if other.is_read]
    if left_out:
        yield f"left out of the corpus: {_by_kind(left_out)}"
    if markup:
        yield (
            f"the corpus has {_by_kind(markup)}: tags become words; "
            "better take the text out of it first"
        )


def _by_kind(others: list[OtherFile]) -> str:
    """Each kind with the first file of it and the number of the others."""
    names: dict[str, list[str]] = {}
    for other in others:
        names.setdefault(other.kind.name, []).append(other.name)
    told = [
        f"{kind} ({first}{f' and {len(more):,} more' * bool(more)})"
        for kind, (first, *more) in names.items()
    ]
    return ", ".join(told[:_NAMED] + [f"{len(told) - _NAMED} other kinds"] * (len(told) > _NAMED))


def tokenizer_advice(facts: TextFacts, settings: Settings) -> Iterator[str]:
    """A sentence for each fault of the tokens, with what would fix it."""
    lonely = facts.lonely >= _NEARLY_ALL
    is_words = settings.corpus.tokenizer == "words"
    clauses = facts.unspaced >= 0.5 and facts.word_length >= _CLAUSE
    if lonely:
        said = f"{facts.lonely:.0%} of the lines are one token, and a line is a sentence, "
        if not is_words and facts.words_inside >= _SPLITS and not clauses:
            yield (
                f"{said}so that few words have neighbours: --tokenizer words finds "
                f"{facts.words_inside:.1f} words in a token"
            )
            return
        unspaced = facts.unspaced >= 0.5
        join = "put the words of a sentence on one line, with spaces between them"
        yield f"{said}so that few words have neighbours: {_SEGMENT if unspaced else join}"
    elif clauses:
        yield (
            f"tokens have {facts.length:.0f} characters on average, in a script that is written "
            f"without spaces: {_SEGMENT}"
        )
    if not is_words:
        yield from _for_words(facts, settings)


def _for_words(facts: TextFacts, settings: Settings) -> Iterator[str]:
    """The faults that the tokenizer `words` would fix."""
    punctuated, capitalised, unseen = facts.punctuated, facts.capitalised, facts.unseen
    of_case = (
        f"{capitalised.share:.0%} of the tokens differ from other words in case alone, such as "
        f"{capitalised.word!r} beside {capitalised.other!r}"
    )
    cased = capitalised.share >= _WORTH_TELLING and not settings.corpus.lowercase
    if punctuated.share >= _WORTH_TELLING:
        also = f", and {of_case}" if cased else ""
        yield (
            f"{punctuated.share:.0%} of the tokens end in punctuation, such as "
            f"{punctuated.word!r} beside {punctuated.other!r}{also}: --tokenizer words takes the "
            "words out, in lower case"
        )
    elif cased:
        yield f"{of_case}: --set corpus.lowercase=true makes them one"
    if unseen.share >= _ANY:
        yield (
            f"{unseen.share:.1%} of the tokens hold characters that do not show, or letters "
            f"apart from their accents, such as {unseen.word!a}: --tokenizer words writes "
            f"{unseen.other!r}"
        )
