"""The settings of the text: where it is, its words, and which of them are kept."""

from dataclasses import dataclass, field

from w2v_cli.config.fields import Follows, Place, setting

__all__ = [
    "PHRASE_THRESHOLDS",
    "CorpusSettings",
    "PhraseSettings",
    "SubsampleSettings",
    "VocabularySettings",
]

LARGEST_VOCABULARY = 2**31 - 1  # word ids are int32

PHRASE_THRESHOLDS = {"mikolov": 10.0, "npmi": 0.5}


@dataclass(frozen=True, kw_only=True)
class PhraseSettings:
    """Words that become one, such as `new_york`: `corpus.phrases: FILE` is short for its `file`."""

    file: Place | None = setting(
        None,
        "a file of phrases, as `w2v phrases` writes it; each phrase becomes one word",
        null="none",
        flag="--phrases",
    )
    passes: int = setting(
        0,
        "find phrases in the text itself, in this many passes; 2 passes also find phrases of three "
        "and four words; 0 finds none",
        at_least=0,
        at_most=100,
    )
    scoring: str = setting(
        "mikolov",
        "the score of a pair of words: that of Mikolov et al. (2013), or normalised pointwise "
        "mutual information",
        choices=PHRASE_THRESHOLDS.keys(),
    )
    threshold: float = setting(
        PHRASE_THRESHOLDS["mikolov"],
        "a pair is a phrase if its score is above this",
        at_least=-1,
        at_most=10**12,
        follows=Follows(
            ("corpus.phrases.scoring",),
            lambda scoring: PHRASE_THRESHOLDS[scoring],
            ", ".join(f"{value:g} for `{name}`" for name, value in PHRASE_THRESHOLDS.items()),
        ),
    )
    min_count: int = setting(
        5, "pairs that occur less often are no phrases", at_least=1, at_most=10**12
    )
    connectors: str | None = setting(
        None,
        "words, separated by spaces, that may stand inside a phrase but not at its ends, as in "
        "`bank of america`; `english` means those of English",
        null="none",
    )


@dataclass(frozen=True, kw_only=True)
class CorpusSettings:
    """Where the text is and how it becomes tokens."""

    paths: tuple[str, ...] = setting(
        ("builtin:python-docs",),
        "files, folders, globs, `-` for standard input (in YAML in quotes), or "
        "`builtin:python-docs`, the documentation of the running Python. Paths are relative to "
        "the current folder. With the extra `remote` also URLs that fsspec knows, such as "
        "`s3://BUCKET/FOLDER`",
        flag="--corpus",
    )
    encoding: str = setting("utf-8", "the encoding of the text, by its name in Python")
    errors: str = setting(
        "strict",
        "for bytes that are not in the encoding: `strict` stops, `replace` reads U+FFFD",
        choices=("strict", "replace"),
    )
    tokenizer: str = setting(
        "whitespace",
        "`whitespace` splits on ASCII white space, as word2vec.c and fastText do; "
        "`words` keeps words of letters and digits, in lower case, without invisible characters",
        choices=("whitespace", "words"),
        flag="--tokenizer",
    )
    lowercase: bool = setting(False, "turn every token to lower case (`words` always does)")
    phrases: PhraseSettings = field(default_factory=PhraseSettings)


@dataclass(frozen=True, kw_only=True)
class VocabularySettings:
    """Which words get a vector."""

    min_count: int = setting(
        5,
        "a word that occurs less often gets no vector",
        at_least=1,
        at_most=10**12,
        flag="--min-count",
    )
    max_size: int | None = setting(
        None,
        "keep only this many of the most frequent words",
        at_least=1,
        at_most=LARGEST_VOCABULARY,
        null="no limit",
    )
    scan_limit: int = setting(
        10_000_000,
        "how many distinct words are counted at once; if there are more, the rarest are forgotten. "
        "This limits the memory",
        at_least=1,
        at_most=LARGEST_VOCABULARY,
    )


@dataclass(frozen=True, kw_only=True)
class SubsampleSettings:
    """How often frequent words are left out."""

    threshold: float = setting(
        1e-3,
        "the threshold t: an occurrence of a word of relative frequency f is kept with the "
        "probability min(1, √(t/f) + t/f); 0 keeps every token",
        at_least=0,
        at_most=1,
        flag="--threshold",
    )
