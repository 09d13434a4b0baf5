"""Fixtures that every test may use, and the BLAS settings that the program itself makes."""

import os
import shutil

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported, as the program does

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("w2v", deadline=None)  # a busy machine is not a failure
settings.load_profile("w2v")


collect_ignore = ["other_system"]  # no module of tests


def pytest_collection_modifyitems(items):
    """Tests of signals, terminals, devices, links and forks need a system that has them."""
    if os.name == "nt":
        skip = pytest.mark.skip(reason="Windows lacks what this is about")
        for item in items:
            if item.get_closest_marker("posix"):
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """No test reads or fills the user's cache."""
    monkeypatch.setenv("W2V_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def planted_corpus(tmp_path):
    """4,000 tokens in which word i of a topic stands only beside words of the same topic."""
    rng = np.random.default_rng(0)
    lines = []
    for _ in range(500):
        topic = rng.integers(4)
        lines.append(" ".join(f"{'abcd'[topic]}{word}" for word in rng.integers(0, 10, 8)))
    path = tmp_path / "planted.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """One browser for all tests of the pages; where there is none they are skipped and say why."""
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        missing = "the tests of the pages need `apt-get install chromium chromium-driver`"
        (pytest.fail if os.environ.get("W2V_BROWSER") == "required" else pytest.skip)(missing)
    from browser import Browser

    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.driver.quit()


@pytest.fixture(scope="session")
def s3_environment():
    """The environment in which a process finds a server that speaks S3's protocol."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    server.stop()


@pytest.fixture
def bucket(s3_environment, monkeypatch):
    """The URL of a bucket of that server."""
    for name, value in s3_environment.items():
        monkeypatch.setenv(name, value)
    import s3fs

    system = s3fs.S3FileSystem()
    if not system.exists("bucket"):
        system.mkdir("bucket")
    return "s3://bucket"


@pytest.fixture
def unreadable(tmp_path, monkeypatch):
    """A file that may not be read; permissions do not bind root."""
    path = tmp_path / "text"
    path.write_text("word")
    real_open = Path.open

    def refuse(opened, *arguments, **settings):
        if opened == path:
            raise PermissionError(13, "Permission denied")
        return real_open(opened, *arguments, **settings)

    monkeypatch.setattr(Path, "open", refuse)
    return path
