"""What a run needs, what the machine has, and when the one is too much for the other."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from runs import open_run as open_small
from runs import settings_for, train
from w2v_cli.config import load_settings
from w2v_cli.errors import RunError, W2VError
from w2v_cli.pipeline.planning import coverage, make_plan, measure_seconds, more_epochs
from w2v_cli.pipeline.reading import read_corpus
from w2v_cli.pipeline.requirements import (
    DiskNeed,
    MemoryNeed,
    check_disk,
    check_memory,
    disk_need,
    memory_need,
)
from w2v_cli.pipeline.results import finish
from w2v_cli.pipeline.starting import open_run
from w2v_cli.resources import Resident, available_memory, free_disk, resident_memory
from w2v_cli.training.run.run_folder import RunFolder

GB = 10**9
SMALL = ["vocabulary.min_count=1", "model.dim=10", "machine.workers=1", "training.epochs=2"]


@pytest.fixture
def planted(planted_corpus):
    """Settings and corpus."""

    def load(*overrides):
        settings = load_settings(
            None, [*SMALL, *overrides], {"corpus.paths": (str(planted_corpus),)}
        ).settings
        return settings, read_corpus(settings)

    return load


def machine(root, **files):
    """A folder with the files from which the kernel's figures are read."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


MEMINFO = "MemTotal: 9000 kB\nMemAvailable: 4000 kB\nSwapFree: 1000 kB\n"


def test_available_memory_is_what_the_machine_has_where_no_group_limits_it(tmp_path):
    files = {"proc__meminfo": MEMINFO, "proc__self__cgroup": "0::/jobs/one\n"}
    assert available_memory(machine(tmp_path, **files)) == 5000 * 1024


def test_available_memory_heeds_the_groups_above_and_forgets_cached_files(tmp_path):
    files = {
        "proc__meminfo": MEMINFO,
        "proc__self__cgroup": "0::/jobs/one\n",
        "sys__fs__cgroup__jobs__one__memory_dot_max": "max\n",
        "sys__fs__cgroup__jobs__one__memory_dot_current": "50\n",
        "sys__fs__cgroup__jobs__memory_dot_max": "1000\n",
        "sys__fs__cgroup__jobs__memory_dot_current": "700\n",
        "sys__fs__cgroup__jobs__memory_dot_stat": "anon 500\ninactive_file 150\nactive_file 50\n",
    }
    assert available_memory(machine(tmp_path, **files)) == 1000 - 700 + 200


def test_available_memory_reads_control_groups_of_version_1(tmp_path):
    group = "sys__fs__cgroup__memory__job__memory_dot_"
    files = {
        "proc__meminfo": MEMINFO,
        "proc__self__cgroup": "5:cpu,cpuacct:/\n4:memory:/job\n",
        f"{group}limit_in_bytes": "1000\n",
        f"{group}usage_in_bytes": "700\n",
        f"{group}stat": "inactive_file 9\ntotal_inactive_file 100\ntotal_active_file 20\n",
    }
    assert available_memory(machine(tmp_path, **files)) == 1000 - 700 + 120


def test_a_machine_that_tells_nothing_refuses_nothing(tmp_path):
    assert available_memory(tmp_path) is None
    assert resident_memory(tmp_path) == Resident(0, 0)
    check_memory(need_of(10**18), None)
    check_disk(DiskNeed(10**18, 0, 0), tmp_path, None)


def test_the_disk_of_a_folder_that_does_not_exist_is_that_of_the_folder_above(tmp_path):
    assert free_disk(tmp_path / "a" / "b") == pytest.approx(free_disk(tmp_path), rel=0.05)


def need_of(parameters):
    return MemoryNeed(parameters, 0, 0, 0, 0, process=GB, libraries=GB, corpus=GB)


def test_memory_is_refused_only_when_the_need_clearly_exceeds_it():
    check_memory(need_of(10 * GB), 10 * GB)
    check_memory(need_of(11 * GB), 10 * GB)  # the estimate may be wrong by that much
    with pytest.raises(W2VError, match=r"needs about 13\.0 GB .* 10\.0 GB are available"):
        check_memory(need_of(13 * GB), 10 * GB)


@pytest.mark.slow
def test_the_disk_foretold_is_that_of_the_files_with_and_without_held_out_text(
    tmp_path, planted_corpus
):
    for held_out in (0, 0.2):
        settings = settings_for(
            planted_corpus, f"training.held_out={held_out}", "model.dim=400", "training.epochs=3"
        )
        run = open_small(settings, tmp_path / str(held_out))
        train(run)
        run.save()
        finish(run)
        need = disk_need(settings, len(run.vocabulary.words))
        files = run.folder.path.rglob("*.np*")
        assert sum(file.stat().st_size for file in files) == pytest.approx(need.peak, rel=0.1)


def test_disk_is_refused_only_when_not_even_one_checkpoint_would_fit(tmp_path):
    need = DiskNeed(vectors=100_000, checkpoints=300_000, others=50_000)
    check_disk(need, tmp_path, 200_000)
    with pytest.raises(RunError, match=r"at least 200\.0 kB of disk, and 200\.0 kB are free"):
        check_disk(need, tmp_path, 199_999)


def test_what_a_run_holds_already_counts_as_free(tmp_path):
    (tmp_path / "vectors.npy").write_bytes(bytes(1000))
    need = DiskNeed(vectors=1000, checkpoints=2000, others=0)
    check_disk(need, tmp_path, 1000)
    with pytest.raises(RunError):
        check_disk(need, tmp_path, 999)


def test_coverage_counts_the_words_and_tokens_that_are_kept():
    corpus = SimpleNamespace(type_counts=np.array([1, 5, 2, 2]), n_tokens=10)
    kept = coverage(corpus, 2, None)
    assert (kept.words, kept.tokens, kept.share) == (3, 9, 0.9)
    limited = coverage(corpus, 1, 2)
    assert (limited.words, limited.tokens) == (2, 7)


@pytest.mark.parametrize("objective", ["negative_sampling", "naive_softmax"])
def test_the_memory_needed_is_what_the_engine_shares(planted, tmp_path, monkeypatch, objective):
    everything_kept = "subsample.threshold=0"
    settings, corpus = planted(f"objective.name={objective}", "model.dim=64", everything_kept)
    shared = 0

    def counted(shape, dtype):
        nonlocal shared
        array = np.zeros(shape, dtype)
        shared += array.nbytes
        return array

    for module in (
        "pipeline.trained",
        "training.engine.portion_work",
        "training.engine.trainer",
        "training.engine.step_gradients",
    ):
        monkeypatch.setattr(f"w2v_cli.{module}.shared_array", counted)
    run = open_run(settings, corpus, folder(tmp_path), resume=False)
    need = memory_need(settings, run.engine.plan, corpus)
    assert need.parameters + need.gradients + need.shard == pytest.approx(shared, abs=100)


def folder(path):
    path = path / "run"
    path.mkdir()
    return RunFolder(path)


def test_the_disk_needed_is_what_a_run_leaves(planted, tmp_path):
    settings, corpus = planted("checkpoint.every_steps=1", "model.dim=500")
    made = folder(tmp_path)
    run = open_run(settings, corpus, made, resume=False)
    list(run.train())
    finish(run)
    need = disk_need(settings, len(run.vocabulary.words))
    written = sum(file.stat().st_size for file in made.path.rglob("*.np[yz]"))
    assert need.vectors + need.checkpoints == pytest.approx(written, rel=0.05)
    assert sum(f.stat().st_size for f in made.path.rglob("*") if f.is_file()) < 1.1 * need.peak


def test_a_run_without_room_is_refused_before_it_changes_its_folder(planted, tmp_path, monkeypatch):
    settings, corpus = planted()
    made = folder(tmp_path)
    (made.path / "config.yaml").write_text("old\n")
    monkeypatch.setattr("w2v_cli.pipeline.requirements.available_memory", lambda: 1000)
    with pytest.raises(W2VError, match="of memory"):
        open_run(settings, corpus, made, resume=False)
    monkeypatch.setattr("w2v_cli.pipeline.requirements.available_memory", lambda: None)
    monkeypatch.setattr("w2v_cli.pipeline.requirements.free_disk", lambda path: 10)
    with pytest.raises(RunError, match="of disk"):
        open_run(settings, corpus, made, resume=False)
    assert [file.name for file in made.path.iterdir()] == ["config.yaml"]
    assert made.config.read_text() == "old\n"


def test_a_plan_says_what_the_run_then_has(planted, tmp_path):
    settings, corpus = planted("subsample.threshold=0.01")
    plan = make_plan(settings, corpus, tmp_path / "run")
    run = open_run(settings, corpus, folder(tmp_path), resume=False)
    assert plan.parameters == run.engine.parameters.size
    assert plan.vocabulary.words == len(run.vocabulary.words)
    assert plan.workers == run.engine.plan.workers
    frequency = run.vocabulary.counts / corpus.n_tokens
    keep = np.minimum(1, np.sqrt(0.01 / frequency) + 0.01 / frequency)
    assert plan.tokens_per_epoch == round(float((keep * run.vocabulary.counts).sum()))
    json.dumps(plan.as_dict(), allow_nan=False)


class SteadyTrainer:
    """Ten portions, each of which takes 3 seconds to prepare and has 5 steps of 2 seconds."""

    n_portions = 10

    def __init__(self, clock):
        self._clock = clock

    def steps(self, start):
        for step in range(50):
            self._clock.now += 2 if step % 5 else 5
            position = SimpleNamespace(step=(step + 1) % 5)
            yield SimpleNamespace(position=position, progress=(step + 1) / 50)


@pytest.mark.parametrize("enough", [1, 12, 40, 1000])
def test_the_seconds_of_a_steady_run_are_foretold_from_any_part_of_it(monkeypatch, enough):
    clock = SimpleNamespace(now=0.0)
    clock.perf_counter = lambda: clock.now
    monkeypatch.setattr("w2v_cli.pipeline.planning.time", clock)
    assert measure_seconds(SteadyTrainer(clock), enough=enough) == pytest.approx(10 * (3 + 10))


@pytest.mark.parametrize(
    ("epochs", "tokens", "words", "advised"),
    [
        (5, 160_000, 4600, 50),  # a novel
        (50, 160_000, 4600, None),
        (5, 500_000, 5600, 20),
        (5, 1_000_000, 20_000, None),
        (1, 10_000_000, 62_000, None),
        (5, 200_000, 28, None),  # log events: each is met 35,000 times
        (5, 100, 90, 50),
    ],
)
def test_a_short_text_of_many_words_takes_more_epochs(epochs, tokens, words, advised):
    assert more_epochs(epochs, tokens, words) == advised
