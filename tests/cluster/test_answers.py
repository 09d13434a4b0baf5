"""Requests that nodes answer: in order, few under way, and when workers die of one."""

import pytest

from w2v_cli.cluster import answers as answers_module
from w2v_cli.cluster.answers import answers, first_trouble
from w2v_cli.errors import RunError


class Killed(Exception):
    """As Dask's KilledWorker."""


class Future:
    def __init__(self, cluster, request):
        self.cluster, self.request = cluster, request

    def done(self):
        return True


class Cluster:
    """Two workers, the second of which comes late, in place of a connection to them."""

    killed_worker = Killed

    def __init__(self, *, deadly=None):
        self.client, self.deadly = self, deadly
        self.looks = self.under_way = self.most = 0
        self.ended = self.closed = False

    def workers(self):
        self.looks += 1
        return {"one", "two"} if self.looks > 2 else set()

    def submit(self, function, job, request, **given):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        return Future(self, request)

    def result(self, future):
        self.under_way -= 1
        if future.request == self.deadly:
            raise Killed("worker two died")
        return future.request, []

    def run(self, function, given):
        assert self.workers()
        return {"one": None, "two": function(given)}

    def end_job(self, key):
        assert key and not self.closed
        self.ended = True

    def close(self):
        self.closed = True


@pytest.fixture
def cluster(monkeypatch):
    found = Cluster()
    monkeypatch.setattr(answers_module, "Connection", lambda address: found)
    return found


def test_answers_come_in_order_and_few_requests_are_under_way(cluster):
    requests = [{"n": n} for n in range(20)]
    assert [header for header, _ in answers("tcp://x:1", {}, requests)] == requests
    assert 2 < cluster.most <= 4  # two for each worker
    assert cluster.ended and cluster.closed


def test_a_request_that_workers_die_of_is_an_error(cluster):
    cluster.deadly = {"n": 1}
    with pytest.raises(RunError, match="workers were killed while they did the same: worker two"):
        list(answers("tcp://x:1", {}, [{"n": n} for n in range(3)]))
    assert cluster.ended and cluster.closed


def test_workers_are_waited_for_before_they_are_asked_what_they_see(cluster):
    assert first_trouble("tcp://x:1", lambda given: f"{given}: no such file", "a") == (
        "two: a: no such file"
    )
    assert first_trouble("tcp://x:1", lambda given: None, "a") is None
