"""The model of a round against a walk through its nodes, and what is measured for it."""

import os
from dataclasses import astuple
from pathlib import Path

import pytest

from benchmark.round_model import Round, Speeds, blocks_of, exchange_of, vector_bytes
from benchmark.round_scheduling import rounds_of
from benchmark.round_speeds import Vectors, changed_block, measured_speeds, n_bytes_of
from w2v_cli.rounds.plan import Exchange

SPEEDS = Speeds(handing=3e8, taking=5e8, sending=2e8, combining=7e8, storing=11e8, loading=13e8)
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def walk(shards, nodes, n_bytes, seconds_of_byte):
    """Seconds of one node: its shards and blocks one by one, and from whom each comes."""
    owner = [shard % nodes for shard in range(shards)]
    block = n_bytes / nodes  # of each node
    handling = arriving = 0.0
    for own in owner:
        if own == 0:
            handling += nodes * block * (seconds_of_byte["handing"] + seconds_of_byte["taking"])
    for _other in range(1, nodes):
        arriving += block  # of the start, which all that this node trains are handed
    for own in owner:
        handling += block * seconds_of_byte["combining"]
        arriving += block if own else 0.0
    handling += block * (seconds_of_byte["storing"] + seconds_of_byte["loading"])
    return handling, arriving


@pytest.mark.parametrize(("shards", "nodes"), [(8, 8), (8, 4), (12, 3), (4, 1), (128, 128)])
def test_a_round_takes_what_its_parts_take_one_after_another(shards, nodes):
    n_bytes, network = 10**9, 0.8 * 10 / 8 * 1e9
    names = "handing", "taking", "sending", "combining", "storing", "loading"
    of_byte = {name: 1 / speed for name, speed in zip(names, astuple(SPEEDS), strict=True)}
    handling, arriving = walk(shards, nodes, n_bytes, of_byte)
    found = Round(Exchange(shards, 10, nodes, n_bytes, 0), SPEEDS, 0.5)
    without = found.seconds(30.0, None)
    assert without.others == pytest.approx(handling + 0.5)
    assert without.exchanging == pytest.approx(arriving * of_byte["sending"])
    assert without.total == pytest.approx(30 + without.others + without.exchanging)
    assert without.efficiency == pytest.approx(30 / without.total)
    slow = found.seconds(30.0, 1.0)
    assert slow.exchanging == pytest.approx((arriving + n_bytes) / (network / 10))
    fast = found.seconds(30.0, 1000.0)
    assert fast.exchanging == pytest.approx(max(arriving / 2e8, (arriving + n_bytes) / 8e11 * 8))
    assert fast.exchanging_share == pytest.approx(fast.exchanging / fast.total)


def test_nodes_that_share_processors_take_turns():
    exchange = exchange_of(shards=4, nodes=4, n_bytes=10**8)
    alone, two, many = (Round(exchange, SPEEDS, 0.5, cores) for cores in (None, 2, 8))
    alone, two, many = (each.seconds(3.0, None) for each in (alone, two, many))
    assert two.exchanging == pytest.approx(2 * alone.exchanging)
    assert (two.training, many.exchanging) == (3.0, alone.exchanging)
    # All processors take; with one of two busy for the machine that leads, half its time is lost.
    taking, leading = 10**8 / SPEEDS.taking, 10**8 / SPEEDS.loading
    in_turn = alone.others - 0.5 - taking
    assert two.others == pytest.approx(0.5 + 4 * taking + 2 * in_turn + leading / 2)
    assert many.others == pytest.approx(0.5 + 4 * taking + in_turn + leading / 8)


def test_vectors_are_counted_as_they_travel():
    assert vector_bytes(40, 10) == 4 * 80 * 11  # as tests/cli/test_plan.py finds in a run's plan
    assert blocks_of(1, 100) == 2  # centre vectors, and outside vectors
    assert blocks_of(10**6, 100) == 2 * 13  # 404 MB of each, in 32 MiB


def test_a_block_is_sent_with_all_its_rows():
    block = changed_block(1, (50, 4))
    assert block.rows.tolist() == list(range(50))
    assert n_bytes_of(block, block) == 2 * 50 * 4 * 4


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # those of Dask are not ours
def test_all_speeds_are_measured(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SCRIPTS), str(SCRIPTS.parent)]))
    found = dict(measured_speeds(Vectors(words=200, dim=3, shards=2, times=2)))
    known = {"handing", "taking", "tcp", "tls", "combining", "storing", "loading"}
    assert set(found) == known
    assert all(len(speeds) == 2 and min(speeds) > 0 for speeds in found.values())


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_scheduler_is_timed_in_rounds_that_do_nothing():
    times = list(rounds_of(nodes=3, blocks=2, times=2))
    assert len(times) == 2
    assert all(0 < busy <= seconds for seconds, busy in times)
