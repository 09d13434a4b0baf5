"""What settings must satisfy together, and what no bound on one number can say."""

from collections.abc import Mapping

from w2v_cli.config.display import described, quoted, shown
from w2v_cli.config.fields import Value
from w2v_cli.errors import ConfigError

__all__ = ["check_together"]

# (lower, higher): the first may not exceed the second, where both are numbers
ORDERED = (
    ("training.min_learning_rate", "training.learning_rate"),
    ("vocabulary.max_size", "vocabulary.scan_limit"),
    ("model.subwords.min", "model.subwords.max"),
)


def check_together(values: Mapping[str, Value], origins: Mapping[str, str]) -> None:
    """Nothing, if all settings make sense together.

    Raises:
        ConfigError: two settings contradict each other; both are named with their origins.
    """
    for lower, higher in ORDERED:
        low, high = values[lower], values[higher]
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            raise ConfigError(
                f"{origins[lower]}: '{lower}' is {shown(low)}, expected at most "
                f"'{higher}', which is {shown(high)} ({origins[higher]})"
            )
    if values["training.patience"] and not values["training.held_out"]:
        raise ConfigError(
            f"{origins['training.patience']}: 'training.patience' is "
            f"{shown(values['training.patience'])}, but nothing is held out; expected "
            "'training.held_out' too, for example --valid 0.05"
        )
    _check_encoding(str(values["corpus.encoding"]), origins["corpus.encoding"])
    _check_standard_input(values["corpus.paths"], origins["corpus.paths"])


def _check_encoding(encoding: str, origin: str) -> None:
    """Nothing, if Python has a text encoding of that name."""
    try:
        "a".encode(encoding)
    except (LookupError, UnicodeError, ValueError):
        raise ConfigError(
            f"{origin}: 'corpus.encoding' is {quoted(encoding)}, expected a text encoding that "
            "Python knows, such as utf-8, latin-1 or cp1252"
        ) from None


def _check_standard_input(paths: Value, origin: str) -> None:
    """Nothing, unless standard input is to be read twice, which gives nothing the second time."""
    if isinstance(paths, tuple) and paths.count("-") > 1:
        raise ConfigError(
            f"{origin}: 'corpus.paths' is {described(paths)}, expected '-' (standard input) "
            "at most once"
        )
