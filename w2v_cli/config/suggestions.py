"""What the writer of an unknown key probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

from w2v_cli.config.peers import elsewhere, ours, spelling
from w2v_cli.config.registry import SECTIONS, SETTINGS

__all__ = ["instead_of", "names_in", "nearest_key", "option_for"]

CLOSE = 0.65  # of difflib's ratio: one slip in a word of four letters, two in seven


def instead_of(path: str) -> str:
    """The end of a message about the unknown key `path`: the nearest key, or those there are.

    >>> instead_of("model.dims")
    "(did you mean 'model.dim'?)"
    >>> instead_of("subsample.xyzzy")
    "(the keys of 'subsample' are threshold)"
    """
    nearest = nearest_key(path)
    if nearest is not None:
        return f"(did you mean '{nearest}'?)"
    section = path.split(".")[0]
    if section in SECTIONS:
        return f"(the keys of '{section}' are {', '.join(names_in(section))})"
    return f"(the sections are {', '.join(SECTIONS)})"


def option_for(name: str) -> str | None:
    """The advice on an option that another trainer has, or that is named as a setting is.

    >>> option_for("-size"), option_for("--ns_exponent"), option_for("--xyzzy")
    ('use --dim', 'use --set objective.noise_exponent=…', None)
    """
    key = _called(spelling(name)) or ours(name)
    if key is None:
        return elsewhere(name)
    return f"use {SETTINGS[key].flag or f'--set {key}=…'}"


def names_in(section: str) -> list[str]:
    """The settings of a section, without its name."""
    return [key.removeprefix(f"{section}.") for key in SETTINGS if key.startswith(f"{section}.")]


def nearest_key(path: str) -> str | None:
    """The section or key path most like `path`, or None where nothing is like it."""
    section, _, name = spelling(path).rpartition(".")
    exact = _called(name, section) or _called(name)
    if section in SECTIONS:
        return exact or _almost_called(name, section) or ours(name)
    return exact or ours(name) or _closest(name, SECTIONS) or _almost_called(name)


def _called(name: str, section: str = "") -> str | None:
    """The setting of that name, in `section` or else in any; of several the least deep one."""
    keys = (key for key in SETTINGS if key.endswith(f".{name}") and key.startswith(section))
    return min(keys, key=lambda key: key.count("."), default=None)


def _almost_called(name: str, section: str = "") -> str | None:
    """The setting with the name most like `name`, in `section` or else in any."""
    names = {key.partition(".")[2]: key for key in SETTINGS if key.startswith(section)}
    closest = _closest(name, names)
    return None if closest is None else names[closest]


def _closest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` most like `word`, if any is like it."""
    return next(iter(get_close_matches(word, list(words), n=1, cutoff=CLOSE)), None)
