"""Runs on a real Dask cluster, whose processes are really killed: the bytes of one process."""

import gzip
import logging
import os
import signal
import warnings
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from runs import open_run, settings_for, train, vectors
from w2v_cli.cluster.connection import Connection
from w2v_cli.data import encoding
from w2v_cli.data.encoded import ENCODED_FILES
from w2v_cli.errors import RunError, W2VError
from w2v_cli.folders import folder_at
from w2v_cli.pipeline.reading import read_advised
from w2v_cli.remote import Remote
from waiting import wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # those of Dask are not ours
]

ROUNDS = ("cluster.shards=3", "cluster.rounds_per_epoch=2", "cluster.first_rounds=3")
SUBWORDS = ("model.subwords.enabled=true", "model.subwords.buckets=50")


@pytest.fixture(scope="module")
def cache_of_nodes(tmp_path_factory):
    return tmp_path_factory.mktemp("nodes")


@pytest.fixture(scope="module")
def cluster(cache_of_nodes, s3_environment):
    """Two workers, each a process with a nanny that starts it again."""
    from distributed import LocalCluster

    with warnings.catch_warnings(), patch.dict(os.environ):  # which Dask changes for its workers
        warnings.simplefilter("ignore")
        with LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            env={"W2V_CACHE": str(cache_of_nodes), **s3_environment},
        ) as running:
            yield running


@pytest.fixture
def client(cluster):
    from distributed import Client

    with Client(cluster) as connected:
        wait_for_workers(cluster, connected)
        yield connected


def wait_for_workers(cluster, client):
    """Wait until both workers are there.

    `Client.wait_for_workers` renews what the cluster knows of its workers, and Dask then fails at
    the message that tells of a loss. It also forgets a worker that is lost twice in 15 seconds.
    """

    def both():
        cluster.scale(2)
        return len(client.nthreads()) >= 2

    wait_for(both, seconds=120)


@pytest.fixture
def inline(tmp_path, planted_corpus):
    """A function that trains in this process and returns the bytes, which all others must give."""

    def trained(*choice):
        run = open_run(settings_for(planted_corpus, *ROUNDS, *choice), tmp_path / "inline")
        train(run)
        return vectors(run)

    return trained


def on(cluster, planted_corpus, *choice):
    address = f"machine.cluster={cluster.scheduler_address}"
    return settings_for(planted_corpus, *ROUNDS, *choice, address)


@pytest.mark.parametrize("choice", [(), SUBWORDS], ids=["words", "subwords"])
def test_a_cluster_gives_the_bytes_of_one_process(
    tmp_path, planted_corpus, cluster, client, inline, choice
):
    run = open_run(on(cluster, planted_corpus, *choice), tmp_path / "run")
    train(run)
    assert vectors(run) == inline(*choice)
    assert not list(run.folder.checkpoints.glob("round-*"))
    known = {"load", "train", "piece", "combine", "report"}  # whose durations Dask learns
    assert known == {name for name in client.run_on_scheduler(_kinds_of_tasks) if "w2v" not in name}


def _kinds_of_tasks(dask_scheduler):
    return list(dask_scheduler.task_prefixes)


@pytest.mark.parametrize(("kind", "seconds"), [("train", 0.5), ("combine", 0.0)])
def test_a_worker_killed_costs_no_byte(
    tmp_path, planted_corpus, cluster, client, inline, kind, seconds
):
    from worker_faults import Killed

    before = set(client.run(os.getpid).values())
    plugin = Killed(kind, str(tmp_path / "flag"), seconds)
    client.register_plugin(plugin)
    run = open_run(on(cluster, planted_corpus), tmp_path / "run")
    train(run)
    client.unregister_worker_plugin(plugin.name)
    wait_for_workers(cluster, client)
    after = set(client.run(os.getpid).values())
    assert len(before - after) == 1
    assert vectors(run) == inline()


@pytest.mark.posix
def test_a_worker_added_and_a_training_process_killed_cost_no_byte(
    tmp_path, planted_corpus, cluster, client, inline
):
    run = open_run(on(cluster, planted_corpus), tmp_path / "run")
    killed = []
    for progress in run.train():
        if progress.step and not killed:  # a round is done: every worker has its process
            cluster.scale(3)
            killed = [pid for pids in client.run(_node_pids).values() for pid in pids][:1]
            os.kill(killed[0], signal.SIGKILL)
    assert len(killed) == 1
    assert vectors(run) == inline()
    cluster.scale(2)


def test_a_plan_that_changes_after_a_round_changes_the_round_that_was_begun_ahead(
    tmp_path, planted_corpus, cluster, client
):
    found = []
    for name, settings in (
        ("there", on(cluster, planted_corpus)),
        ("here", settings_for(planted_corpus, *ROUNDS)),
    ):
        run = open_run(settings, tmp_path / name)
        for progress in run.train():
            if progress.step:  # the first round has ended
                run.engine.trainer.horizon = 0.7
        found.append(vectors(run))
    assert found[0] == found[1]


def _node_pids():
    from w2v_cli.cluster import tasks

    return [node.pid for node in tasks._NODES.values()]


def _environment():
    """That which this process was started with."""
    import psutil

    return psutil.Process().environ()


def _node_environments():
    import psutil

    return [psutil.Process(pid).environ() for pid in _node_pids()]


_OF_WORKER = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": f"{2**30}",
    "MALLOC_TRIM_THRESHOLD_": f"{2**40}",
}


def test_the_processes_that_train_have_the_systems_own_ways_with_memory(
    tmp_path, planted_corpus, cluster, client
):
    assert "MALLOC_TRIM_THRESHOLD_" in client.run(_environment).popitem()[1]
    run, found = open_run(on(cluster, planted_corpus), tmp_path / "run"), []
    for _ in run.train():
        found = found or [each for of in client.run(_node_environments).values() for each in of]
        if found:
            run.request_stop()
    assert found
    assert not any(name in each for each in found for name in _OF_WORKER)


def test_a_run_leaves_no_process_on_a_cluster_that_stays(tmp_path, planted_corpus, cluster, client):
    for name, rounds in (("stopped", 1), ("whole", 5)):
        run, pids = open_run(on(cluster, planted_corpus), tmp_path / name), set()
        for progress in run.train():
            pids |= {pid for found in client.run(_node_pids).values() for pid in found}
            if progress.cluster["rounds"] == rounds:
                run.request_stop()
        assert pids
        assert not any(client.run(_node_pids).values())
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


def test_a_run_stopped_within_a_round_goes_on_anywhere(tmp_path, planted_corpus, inline):
    local = settings_for(planted_corpus, *ROUNDS, "machine.cluster=local:1")
    run = open_run(local, tmp_path / "run")
    for progress in run.train():
        if progress.step:  # in the second round, whatever of it is done
            run.request_stop()
    assert 0 < run.position.epoch * 3 + run.position.number < 5
    run = open_run(settings_for(planted_corpus, *ROUNDS), tmp_path / "run", resume=True)
    train(run)
    assert vectors(run) == inline()


def test_a_node_that_computes_other_bits_is_refused(
    tmp_path, planted_corpus, cluster, client, monkeypatch
):
    monkeypatch.setattr("w2v_cli.pipeline.sharding.probe", lambda: "other")
    run = open_run(on(cluster, planted_corpus), tmp_path / "run")
    with pytest.raises(W2VError, match=r"computes other bits .* OPENBLAS_CORETYPE"):
        train(run)


def test_a_node_that_does_not_see_the_corpus_says_so(
    tmp_path, planted_corpus, cluster, client, monkeypatch
):
    run = open_run(on(cluster, planted_corpus), tmp_path / "run")
    for file in Path(run.corpus.folder).glob("meta.json"):
        file.rename(file.with_name("elsewhere.json"))
    with pytest.raises(W2VError, match=r"no encoded corpus here; let machine.cache be a folder"):
        train(run)


def test_nodes_that_share_no_folder_meet_in_a_store(
    tmp_path, planted_corpus, cluster, client, inline, bucket, cache_of_nodes
):
    store = f"{bucket}/{tmp_path.name}"
    choice = *SUBWORDS, f"machine.store={store}"
    run = open_run(on(cluster, planted_corpus, *choice), tmp_path / "run")
    train(run)
    assert vectors(run) == inline(*SUBWORDS)
    digest = run.corpus.digest
    assert [path.name for path in (cache_of_nodes / "corpora").iterdir()] == [digest]
    left = {file.url.removeprefix(f"{store}/") for file in Remote.at(store).below()}
    assert left == {f"corpora/{digest}/{name}" for name in ENCODED_FILES}
    assert not list(run.folder.checkpoints.glob("round-*"))


def test_a_store_that_nodes_cannot_read_is_named(tmp_path, planted_corpus, cluster, client):
    """Each process has a memory of its own."""
    choice = f"machine.store=memory://{tmp_path}/store"
    run = open_run(on(cluster, planted_corpus, choice), tmp_path / "run")
    with pytest.raises(W2VError, match=r"cannot be read: .*machine\.store, must be one that all"):
        train(run)


def test_a_scheduler_that_does_not_answer_is_named(tmp_path, planted_corpus, monkeypatch):
    monkeypatch.setattr("w2v_cli.cluster.connection.CONNECTING", 1.0)
    address = "machine.cluster=tcp://127.0.0.1:1"
    run = open_run(settings_for(planted_corpus, *ROUNDS, address), tmp_path / "run")
    with pytest.raises(RunError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        train(run)


def test_a_worker_that_dask_gives_up_is_started_again():
    with closing(Connection("local:1")) as connected:
        given_up = connected._cluster.workers.pop(0)
        connected._cluster.sync(given_up.close)
        wait_for(connected.workers, seconds=120)


def test_workers_of_this_machine_keep_freed_memory_and_do_not_watch_their_threads(monkeypatch):
    import dask

    for name in _OF_WORKER:
        monkeypatch.delenv(name, raising=False)  # Dask sets one for another's
    with closing(Connection("local:1")) as connected:
        run = connected.client.run
        environment = run(_environment).popitem()[1]
        assert {name: environment.get(name) for name in _OF_WORKER} == _OF_WORKER
        assert list(run(dask.config.get, "distributed.worker.profile.enabled").values()) == [False]
    assert dask.config.get("distributed.worker.profile.enabled")  # of other clusters


def test_dask_leaves_the_environment_as_it_was(monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "3")
    before = dict(os.environ)
    with closing(Connection("local:1")) as connected:
        assert dict(os.environ) == before
        connected._cluster.scale(2)  # as after a loss
        wait_for(lambda: len(connected.workers()) == 2, seconds=120)
    assert dict(os.environ) == before


def test_workers_that_cannot_be_started_are_told(tmp_path, planted_corpus, monkeypatch):
    def fail(**settings):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr("distributed.LocalCluster", fail)
    local = settings_for(planted_corpus, *ROUNDS, "machine.cluster=local:2")
    run = open_run(local, tmp_path / "run")
    with pytest.raises(RunError, match=r"local:2: workers cannot be started: Nanny failed"):
        train(run)


@pytest.fixture
def parted(monkeypatch):
    """Short texts are read by nodes, too, in parts of 5,000 bytes; what is read here is counted."""
    monkeypatch.setattr("w2v_cli.pipeline.node_reading.LEAST", 1)
    monkeypatch.setattr("w2v_cli.data.parts.PART", 5_000)
    read = []
    here = encoding._numbered_here
    monkeypatch.setattr(encoding, "_numbered_here", lambda *given: read.append(1) or here(*given))
    return read


FILES = ("tokens.i32", "sentence_starts.i64", "types.txt", "type_counts.i64")


def test_nodes_that_read_the_text_give_the_corpus_of_one_machine(
    tmp_path, planted_corpus, cluster, client, bucket, parted
):
    (tmp_path / "more.txt.gz").write_bytes(
        gzip.compress(planted_corpus.read_bytes() + b"z9 z9 new")
    )
    folder_at(f"{bucket}/{tmp_path.name}").put("third.txt", planted_corpus)
    third = f"{bucket}/{tmp_path.name}/third.txt"
    paths = f"corpus.paths=[{planted_corpus}, {tmp_path}/more.txt.gz, '{third}']"
    found = []
    for name, choice in (
        ("here", ()),
        ("there", (f"machine.cluster={cluster.scheduler_address}",)),
    ):
        chosen = settings_for(None, paths, f"machine.cache={tmp_path}/{name}", *choice)
        corpus = read_advised(chosen, None, pytest.fail)
        found.append([(corpus.folder / file).read_bytes() for file in FILES])
    assert found[0] == found[1]
    assert len(parted) == 1
    assert not any(client.run(_node_pids).values())


def test_a_worker_killed_while_it_reads_costs_nothing(
    tmp_path, planted_corpus, cluster, client, parted
):
    from worker_faults import Killed

    plugin = Killed("answer", str(tmp_path / "flag"))
    client.register_plugin(plugin)
    corpus = read_advised(on(cluster, planted_corpus), None, pytest.fail)
    client.unregister_worker_plugin(plugin.name)
    wait_for_workers(cluster, client)
    assert ((tmp_path / "flag").exists(), parted) == (True, [])
    alone = read_advised(
        settings_for(planted_corpus, f"machine.cache={tmp_path}/alone"), None, pytest.fail
    )
    assert (corpus.folder / "tokens.i32").read_bytes() == (alone.folder / "tokens.i32").read_bytes()


def test_text_that_nodes_do_not_see_is_read_here_and_so_is_what_must_be_forgotten(
    tmp_path, planted_corpus, cluster, client, parted, monkeypatch
):
    told = []
    read_advised(on(cluster, planted_corpus, "vocabulary.scan_limit=20"), None, told.append)
    assert (len(parted), told) == (1, [])
    monkeypatch.setattr("w2v_cli.data.parts._mark", lambda source: "of another file")
    again = on(cluster, planted_corpus, f"machine.cache={tmp_path}/again")
    read_advised(again, None, told.append)
    assert len(parted) == 2
    assert "the text is read here, since not all nodes see it" in told[0]
    assert f"{planted_corpus}: is another file" in told[0]
