"""The settings by key path, and those that suit a corpus we know."""

from collections.abc import Collection

from w2v_cli.config.fields import Setting, Value, section_titles, settings_by_key
from w2v_cli.config.settings import Settings

__all__ = ["RECOMMENDED", "SECTIONS", "SECTION_TITLES", "SETTINGS", "SHORT", "dependent_on"]

SETTINGS: dict[str, Setting] = settings_by_key(Settings)

# What each section says of itself, also those within another, such as model.subwords.
SECTION_TITLES: dict[str, str] = section_titles(Settings)

SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(key.split(".")[0] for key in SETTINGS))

# Sections that a plain value may stand for, and the setting that it then gives.
SHORT: dict[str, str] = {"corpus.phrases": "corpus.phrases.file"}

# These stand above the defaults and below everything the user says, and count only where
# the corpus named is the whole corpus.
RECOMMENDED: dict[str, dict[str, Value]] = {
    "builtin:python-docs": {
        "corpus.tokenizer": "words",
        "vocabulary.min_count": 10,
        "model.dim": 50,
        "model.window": 2,
        "training.epochs": 30,
    },
}

# What a run chooses itself where nobody gives it, and the settings that it looks at, besides those
# that every text changes.
_CHOSEN_BY: dict[str, tuple[str, ...]] = {
    "training.learning_rate": (
        "training.optimizer",
        "model.architecture",
        "model.subwords.enabled",
    ),
    "cluster.shards": ("machine.cluster",),
}


def dependent_on(changed: Collection[str]) -> set[str]:
    """The settings that follow from any of these, or are chosen by it, directly or not."""
    found: set[str] = set()
    for key, setting in SETTINGS.items():  # a field is declared after those it follows
        sources = set(setting.follows.keys if setting.follows else _CHOSEN_BY.get(key, ()))
        if sources & {*changed, *found}:
            found.add(key)
    return found
