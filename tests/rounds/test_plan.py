"""Which chunks a shard trains, and how far the run is meanwhile."""

import numpy as np
import pytest

from w2v_cli.core.layout import Layout
from w2v_cli.rounds.plan import Exchange, RoundPlan, ShardPortions
from w2v_cli.training.engine import chunks as chunks_module
from w2v_cli.training.engine.chunks import Chunks, Text, Window

LAYOUT = Layout(segments=4, length=16, halo=3, negatives=5, groups=2, block=8)
PLAN = RoundPlan(shards=3, per_epoch=2, first=5)


@pytest.fixture
def chunks(monkeypatch):
    """Some 100 chunks of 16 tokens, no more than three of which fit a portion."""
    monkeypatch.setattr(chunks_module, "_CHUNK", 16)
    monkeypatch.setattr("w2v_cli.rounds.plan.CHUNKS_PER_PORTION", 3)
    starts = np.arange(0, 1601, 5)
    types = np.arange(1600, dtype=np.int32)
    text = Text(types, starts, types, np.ones(1600, np.float32))
    return Chunks(text, LAYOUT, 1, Window(3, dynamic=False), held_out=0.1)


def portions_of(chunks, epoch, round, shard):
    """The portions of one shard."""
    portions = ShardPortions(chunks, 1, PLAN, epoch, round, shard)
    numbers = range(portions.first, portions.first + portions.per_epoch)
    return portions, [portions.at(epoch, number) for number in numbers]


@pytest.mark.parametrize("epoch", [0, 1])
def test_all_shards_of_all_rounds_train_every_chunk_once(chunks, epoch):
    seen, numbers = [], []
    for round in range(PLAN.rounds(epoch)):
        for shard in range(PLAN.shards):
            for portion in portions_of(chunks, epoch, round, shard)[1]:
                seen += portion.chunks.tolist()
                numbers.append(portion.number)
                assert 0 < len(portion.chunks) <= 3
    assert sorted(seen) == chunks.trained.tolist()
    assert seen != sorted(seen)
    assert len(set(numbers)) == len(numbers)  # so that no two draw the same negatives


def test_a_shard_has_other_text_in_each_epoch(chunks):
    found = [portions_of(chunks, epoch, 0, 0)[1][0].chunks.tolist() for epoch in (1, 2)]
    assert set(found[0]) != set(found[1])


def test_each_shard_counts_the_tokens_of_all(chunks):
    for shard in range(PLAN.shards):
        portions, found = portions_of(chunks, 0, 2, shard)
        together = [
            chunks.raw_tokens(portion.chunks)
            for other in range(PLAN.shards)
            for portion in portions_of(chunks, 0, 2, other)[1]
        ]
        own = sum(portion.raw_tokens for portion in found)
        assert own == portions.tokens_of_all == sum(together)
        assert [portion.last for portion in found] == [False] * (len(found) - 1) + [True]


def test_a_shard_without_text_has_no_portions(chunks):
    plan = RoundPlan(shards=100, per_epoch=4, first=4)
    sizes = [ShardPortions(chunks, 1, plan, 0, 1, shard).per_epoch for shard in range(100)]
    assert set(sizes) == {0, 1}


def test_chunks_are_short_enough_for_the_epoch_of_the_most_rounds():
    for plan in RoundPlan(3, per_epoch=2, first=5), RoundPlan(3, per_epoch=5, first=2):
        assert plan.largest_part == 1 / (4 * 3 * 5)  # four for each shard of each round


def test_what_nodes_need_receive_and_reach_is_what_the_model_says():
    exchange = Exchange(shards=8, rounds=10, nodes=8, bytes=10**9, own=10**8)
    # 7/8 of the vectors, and of what others changed in an eighth of the vectors
    assert exchange.received == 2 * 7 / 8 * 10**9
    # 8 nodes train 10 s a round; then the vectors go to one machine at 1 GB/s, 0.8 of 10 Gbit/s
    assert exchange.efficiency(800, 10) == pytest.approx(10 / (10 + 1.75 + 1))
    assert exchange.memory == 6.1e9
    fewer = Exchange(shards=8, rounds=10, nodes=4, bytes=10**9, own=10**8)
    assert (fewer.received, fewer.memory) == (3 * 3 / 4 * 10**9, 8.1e9)
    alone = Exchange(shards=8, rounds=10, nodes=1, bytes=10**9, own=0)
    assert alone.received == 0
