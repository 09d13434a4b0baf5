"""Settings: their dataclasses, loading them from YAML, `--set` and flags, and writing them.

>>> from w2v_cli.config import load_settings
>>> load_settings(overrides=["model.architecture=cbow"]).settings.model.architecture
'cbow'
"""

import importlib
from typing import TYPE_CHECKING, Any

from w2v_cli.config.machine_settings import (
    CheckpointSettings,
    EvaluationSettings,
    MachineSettings,
)
from w2v_cli.config.settings import Settings
from w2v_cli.config.text_settings import CorpusSettings, SubsampleSettings, VocabularySettings
from w2v_cli.config.training_settings import ModelSettings, ObjectiveSettings, TrainingSettings

if TYPE_CHECKING:
    from w2v_cli.config.loading import LoadedSettings, load_settings, settings_of
    from w2v_cli.config.rendering import (
        commented_yaml,
        skeleton,
        to_dict,
        to_flat_dict,
        to_yaml,
    )

__all__ = [
    "CheckpointSettings",
    "CorpusSettings",
    "EvaluationSettings",
    "LoadedSettings",
    "MachineSettings",
    "ModelSettings",
    "ObjectiveSettings",
    "Settings",
    "SubsampleSettings",
    "TrainingSettings",
    "VocabularySettings",
    "commented_yaml",
    "load_settings",
    "settings_of",
    "skeleton",
    "to_dict",
    "to_flat_dict",
    "to_yaml",
]


def __getattr__(name: str) -> Any:
    """What reads and writes settings, imported when it is used: `--help` has no need of YAML."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    loading = ("LoadedSettings", "load_settings", "settings_of")
    module = "loading" if name in loading else "rendering"
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
