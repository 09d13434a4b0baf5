"""Every setting of a run, by section; a section's module has its defaults, bounds and help."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from w2v_cli.config.machine_settings import (
    CheckpointSettings,
    ClusterSettings,
    EvaluationSettings,
    MachineSettings,
)
from w2v_cli.config.text_settings import CorpusSettings, SubsampleSettings, VocabularySettings
from w2v_cli.config.training_settings import ModelSettings, ObjectiveSettings, TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

__all__ = ["Settings"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting of a run, by section; constructors store and do not check."""

    corpus: CorpusSettings = field(default_factory=CorpusSettings)
    vocabulary: VocabularySettings = field(default_factory=VocabularySettings)
    subsample: SubsampleSettings = field(default_factory=SubsampleSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    machine: MachineSettings = field(default_factory=MachineSettings)
    checkpoint: CheckpointSettings = field(default_factory=CheckpointSettings)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)

    @classmethod
    def of(cls, source: "Mapping[str, object] | str | PathLike[str] | None" = None) -> "Settings":
        """Complete settings: those of a dictionary or file, and defaults for the others.

        A dictionary has a value for each key path, such as `{"model.dim": 50}`; a file is YAML.

        Raises:
            ConfigError: anything that is wrong, each with its key path, and its file.
        """
        from w2v_cli.config.loading import settings_of

        return settings_of(source)
