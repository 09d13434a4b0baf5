"""Schedulers of clusters that somebody else has started, with certificates, and their files."""

import os
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from runs import open_run, settings_for, train, vectors
from w2v_cli.cluster import connection
from w2v_cli.cluster.connection import Connection, scheduler_address
from w2v_cli.errors import RunError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # those of Dask are not ours
]

ROUNDS = ("cluster.shards=2", "cluster.rounds_per_epoch=2")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that signs itself, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "w2v test")])
    now = datetime.now(timezone.utc)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    file.write_bytes(
        signed.public_bytes(pem) + key.private_bytes(pem, form, serialization.NoEncryption())
    )
    return file


def dask(*arguments, environment):
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, arguments)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def scheduler_file(certificate, tmp_path_factory):
    """That of a scheduler and a worker which speak TLS, started as docs/cluster.md says."""
    settings = {"CA_FILE": certificate}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        settings |= {f"{role}__CERT": certificate, f"{role}__KEY": certificate}
    given = {f"DASK_DISTRIBUTED__COMM__TLS__{key}": str(file) for key, file in settings.items()}
    file = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
    here = ("--protocol", "tls", "--host", "127.0.0.1", "--port", 0, "--no-dashboard")
    one = ("--nworkers", 1, "--nthreads", 1, "--memory-limit", 0, "--no-dashboard")
    started = [
        dask("scheduler", "--scheduler-file", file, *here, environment=given),
        dask("worker", "--scheduler-file", file, *one, environment=given),
    ]
    yield file
    for process in reversed(started):
        process.terminate()
        process.wait()


@pytest.fixture
def trusted(certificate):
    """Dask's settings for a client, as `~/.config/dask` or the environment gives them."""
    import dask
    import distributed  # noqa: F401 (its own defaults must be there before, to be there afterwards)

    tls = {"ca-file": certificate, "client.cert": certificate, "client.key": certificate}
    with dask.config.set({f"distributed.comm.tls.{key}": str(file) for key, file in tls.items()}):
        yield


def test_a_run_on_an_encrypted_cluster_has_the_bytes_of_one_process(
    tmp_path, planted_corpus, scheduler_file, trusted
):
    found = []
    for name, address in (("here", "inline"), ("there", f"file:{scheduler_file}")):
        choice = (*ROUNDS, f"machine.cluster={address}")
        run = open_run(settings_for(planted_corpus, *choice), tmp_path / name)
        train(run)
        found.append(vectors(run))
    assert found[0] == found[1]
    address = scheduler_address(f"file:{scheduler_file}")
    assert address.startswith("tls://127.0.0.1:")
    with closing(Connection(address)) as connected:
        assert [worker[:6] for worker in connected.workers()] == ["tls://"]


def test_an_encrypted_cluster_refuses_who_has_no_certificate(scheduler_file, monkeypatch):
    connection._awaited(f"file:{scheduler_file}")  # it has started
    monkeypatch.setattr(connection, "CONNECTING", 2.0)
    with pytest.raises(RunError, match=r"no Dask scheduler answers at tls://.* certificates") as no:
        Connection(f"file:{scheduler_file}")
    assert "\n" not in str(no.value)


@pytest.mark.parametrize("content", [None, "", "[]", '{"address": 3}'])
def test_a_scheduler_file_that_names_none_is_told(tmp_path, monkeypatch, content):
    monkeypatch.setattr(connection, "CONNECTING", 0.2)
    file = Path(tmp_path, "scheduler.json")
    if content is not None:
        file.write_text(content)
    with pytest.raises(RunError, match=rf"{file}: no Dask scheduler has written its address"):
        Connection(f"file:{file}")


@pytest.mark.parametrize("address", ["tcp://a:b:1", "tls://127.0.0.1:1"])
def test_a_client_that_cannot_be_made_is_closed_at_once(address):
    """Dask closes one that is half made when the program ends, and then waits for a minute."""
    code = f"from w2v_cli.cluster.connection import Connection; Connection({address!r})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stderr.splitlines()[-1].startswith("w2v_cli.errors.RunError: machine.cluster: no ")
    assert "Exception ignored" not in done.stderr
