"""Fixtures that every test may use, and the BLAS settings that the program itself makes."""

import functools
import itertools
import os
import shutil

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported, as the program does

from pathlib import Path

import pytest
from hypothesis import settings

from corpora import planted_text
from runs import open_run, settings_for, train
from w2v_cli.pipeline.results import finish

settings.register_profile("w2v", deadline=None)  # a busy machine is not a failure
settings.register_profile("loop", deadline=None, max_examples=20)  # of scripts/check
settings.load_profile("w2v")


collect_ignore = ["other_system"]  # no module of tests


def pytest_collection_modifyitems(items):
    """Tests of signals, terminals, devices, links and forks need a system that has them."""
    if os.name == "nt":
        skip = pytest.mark.skip(reason="Windows lacks what this is about")
        for item in items:
            if item.get_closest_marker("posix"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def caches(tmp_path_factory):
    """Paths for caches, one after another: a cache makes its own folder."""
    folder = tmp_path_factory.mktemp("caches")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_cache(caches, monkeypatch):
    """No test reads or fills the user's cache."""
    monkeypatch.setenv("W2V_CACHE", str(next(caches)))


@pytest.fixture
def planted_corpus(tmp_path):
    """A file of the planted text, whose words stand beside words of their own topic only."""
    path = tmp_path / "planted.txt"
    path.write_text(planted_text())
    return path


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory):
    """The folder of a finished run on the planted corpus with these settings, made only once.

    Whoever changes it, changes a copy.
    """
    place = tmp_path_factory.mktemp("finished")
    corpus = place / "planted.txt"
    corpus.write_text(planted_text())
    numbers = itertools.count()

    @functools.cache
    def folder(*overrides):
        run = open_run(settings_for(corpus, *overrides), place / str(next(numbers)))
        train(run)
        finish(run)
        return run.folder.path

    return folder


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
