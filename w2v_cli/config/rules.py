"""What settings must satisfy together, and what no bound on one number can say."""

import re
from collections.abc import Iterator, Mapping

from w2v_cli.config.display import described, shown
from w2v_cli.config.fields import Value
from w2v_cli.errors import ConfigError, quoted

__all__ = ["check_together"]

# (lower, higher): the first may not exceed the second, where both are numbers
ORDERED = (
    ("training.min_learning_rate", "training.learning_rate"),
    ("vocabulary.max_size", "vocabulary.scan_limit"),
    ("model.subwords.min", "model.subwords.max"),
)

CLUSTER = re.compile(r"inline|local:[1-9]\d{0,3}|(tcp|tls)://\S+:\d+|file:.+")

Values = Mapping[str, Value]
Origins = Mapping[str, str]


def check_together(values: Values, origins: Origins) -> None:
    """Make sure that all settings make sense together.

    Raises:
        ConfigError: some contradict each other; they are named with their origins.
    """
    problems = [
        *_disordered(values, origins),
        *_idle_patience(values, origins),
        *_nothing_given(values, origins),
        *_phrases(values, origins),
        *_unknown_encoding(values, origins),
        *_standard_input_twice(values, origins),
        *_unknown_cluster(values, origins),
        *_idle_store(values, origins),
    ]
    if problems:
        raise ConfigError(*problems)


def _disordered(values: Values, origins: Origins) -> Iterator[str]:
    """Settings that exceed the ones they may not exceed."""
    for lower, higher in ORDERED:
        low, high = values[lower], values[higher]
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            yield (
                f"{origins[lower]}: '{lower}' is {shown(low)}, expected at most "
                f"'{higher}', which is {shown(high)} ({origins[higher]})"
            )


def _idle_patience(values: Values, origins: Origins) -> Iterator[str]:
    """Patience, where there is no held-out loss to wait for."""
    if values["training.patience"] and not values["training.held_out"]:
        yield (
            f"{origins['training.patience']}: 'training.patience' is "
            f"{shown(values['training.patience'])}, but nothing is held out; expected "
            "'training.held_out' too, for example --valid 0.05"
        )


def _nothing_given(values: Values, origins: Origins) -> Iterator[str]:
    """Settings about given vectors where none are given."""
    for key, default in (("training.init_vocabulary", "corpus"), ("training.frozen", None)):
        if values["training.init"] is None and values[key] != default:
            yield (
                f"{origins[key]}: '{key}' is {described(values[key])}, but there are no vectors to "
                "start from; expected 'training.init' too, for example --init RUN"
            )


def _phrases(values: Values, origins: Origins) -> Iterator[str]:
    """Phrases from two places, or a threshold outside the range of the scores."""
    section = "corpus.phrases"
    file, passes = values[f"{section}.file"], values[f"{section}.passes"]
    if file is not None and passes:
        yield (
            f"{origins[f'{section}.passes']}: '{section}.passes' is {shown(passes)}, and "
            f"'{section}.file' is {described(file)} ({origins[f'{section}.file']}); expected one "
            "of them: phrases of a file, or those of the text"
        )
    scoring, threshold = values[f"{section}.scoring"], values[f"{section}.threshold"]
    number = threshold if isinstance(threshold, int | float) else 0.0
    if not (number <= 1 if scoring == "npmi" else number > 0):
        allowed = "from -1 to 1" if scoring == "npmi" else "above 0"
        yield (
            f"{origins[f'{section}.threshold']}: '{section}.threshold' is {shown(threshold)}, "
            f"expected a number {allowed} with the scoring {scoring}"
        )


def _unknown_encoding(values: Values, origins: Origins) -> Iterator[str]:
    """An encoding that Python does not have, or not for text."""
    encoding = str(values["corpus.encoding"])
    try:
        "a".encode(encoding)
    except (LookupError, UnicodeError, ValueError):
        yield (
            f"{origins['corpus.encoding']}: 'corpus.encoding' is {quoted(encoding)}, expected a "
            "text encoding that Python knows, such as utf-8, latin-1 or cp1252"
        )


def _standard_input_twice(values: Values, origins: Origins) -> Iterator[str]:
    """Standard input given twice: the second time there would be nothing left of it."""
    paths = values["corpus.paths"]
    if isinstance(paths, tuple) and paths.count("-") > 1:
        yield (
            f"{origins['corpus.paths']}: 'corpus.paths' is {described(paths)}, expected '-' "
            "(standard input) at most once"
        )


def _unknown_cluster(values: Values, origins: Origins) -> Iterator[str]:
    """An address of no cluster."""
    address = values["machine.cluster"]
    if address is not None and not CLUSTER.fullmatch(str(address)):
        yield (
            f"{origins['machine.cluster']}: 'machine.cluster' is {quoted(str(address))}, expected "
            "inline, local:N, tcp://HOST:PORT, tls://HOST:PORT or file:scheduler.json"
        )


def _idle_store(values: Values, origins: Origins) -> Iterator[str]:
    """A store, where no nodes exchange files."""
    store, cluster = values["machine.store"], values["machine.cluster"]
    if store is not None and cluster in (None, "inline"):
        yield (
            f"{origins['machine.store']}: 'machine.store' is {described(store)}, but no "
            f"nodes exchange files: 'machine.cluster' is {described(cluster)}; expected nodes, for "
            "example --cluster local:2, or no store: --set machine.store=null"
        )
