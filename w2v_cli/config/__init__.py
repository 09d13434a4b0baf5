"""Settings: their dataclasses, loading them from YAML, `--set` and flags, and writing them.

>>> load_settings(overrides=["model.architecture=cbow"]).settings.training.learning_rate
0.07
"""

from w2v_cli.config.loading import LoadedSettings, load_settings
from w2v_cli.config.rendering import render_settings, to_dict, to_flat_dict, to_yaml
from w2v_cli.config.settings import (
    CheckpointSettings,
    CorpusSettings,
    MachineSettings,
    ModelSettings,
    ObjectiveSettings,
    Settings,
    SubsampleSettings,
    TrainingSettings,
    VocabularySettings,
)

__all__ = [
    "CheckpointSettings",
    "CorpusSettings",
    "LoadedSettings",
    "MachineSettings",
    "ModelSettings",
    "ObjectiveSettings",
    "Settings",
    "SubsampleSettings",
    "TrainingSettings",
    "VocabularySettings",
    "load_settings",
    "render_settings",
    "to_dict",
    "to_flat_dict",
    "to_yaml",
]
