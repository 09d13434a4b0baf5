"""Layouts, shards and batches, against plain loops over tokens."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v_cli.core.batches import BatchBuilder, cut_segments
from w2v_cli.core.batches import ShardText as Shard
from w2v_cli.core.sampling import (
    generator,
    importance_weights,
    initial_parameters,
    keep_probability,
    noise_distribution,
)
from w2v_cli.core.schedules import halving, linear
from w2v_cli.core.segments import Layout, choose_layout
from w2v_cli.training.shards import Shards, Text, chunk_bounds


def empty_shard(shards):
    tokens = np.zeros(shards.shape, np.int32)
    left, right = np.zeros((2, *shards.shape), np.int16)
    return Shard(tokens, left, right, np.zeros(shards.shape[0], np.int64))


def shards_for(sentences, window=3, keep=1.0, *, dynamic=True, seed=1):
    """Shards over sentences of word ids."""
    tokens = np.array([word for sentence in sentences for word in sentence], np.int32)
    starts = np.cumsum([0, *map(len, sentences)]).astype(np.int64)
    types = int(tokens.max()) + 1
    text = Text(tokens, starts, np.arange(types, dtype=np.int32), np.full(types, keep, np.float32))
    layout = Layout(group=4, length=8, halo=window, negatives=5, sharing=2)
    return Shards(text, layout, seed, dynamic_window=dynamic), layout


SENTENCES = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=12), min_size=1, max_size=12)


@given(SENTENCES, st.integers(1, 5))
def test_windows_hold_the_nearest_words_of_the_same_sentence(sentences, window):
    shards, _ = shards_for(sentences, window, dynamic=False)
    out = empty_shard(shards)
    shards.prepare(0, 0, 0, out)
    inner = slice(window, window + int(out.lengths[0]))
    assert out.tokens[0, inner].tolist() == [word for sentence in sentences for word in sentence]
    expected = [
        (min(window, place), min(window, len(sentence) - 1 - place))
        for sentence in sentences
        for place in range(len(sentence))
    ]
    assert list(zip(out.left[0, inner], out.right[0, inner], strict=True)) == expected


@given(SENTENCES)
def test_a_dynamic_window_is_between_one_and_the_window(sentences):
    shards, _ = shards_for(sentences * 5, 4)
    fixed, _ = shards_for(sentences * 5, 4, dynamic=False)
    out, widest = empty_shard(shards), empty_shard(fixed)
    shards.prepare(0, 0, 0, out)
    fixed.prepare(0, 0, 0, widest)
    for side in ("left", "right"):
        drawn, limit = getattr(out, side), getattr(widest, side)
        assert (drawn <= limit).all()
        assert (drawn >= np.minimum(limit, 1)).all()


def test_dynamic_windows_are_uniform():
    shards, _ = shards_for([list(range(10)) * 2000], 4)
    out = empty_shard(shards)
    shards.prepare(0, 0, 0, out)
    counts = np.bincount(out.left[0, 100:-100])
    np.testing.assert_allclose(counts[1:] / counts.sum(), 0.25, atol=0.02)


def test_each_word_is_kept_as_often_as_its_probability_says():
    shards, _ = shards_for([[0, 1, 2, 3] * 5000])
    shards._text.keep[:] = [1.0, 0.5, 0.1, 0.0]
    out = empty_shard(shards)
    shards.prepare(0, 0, 0, out)
    kept = np.bincount(out.tokens[0, 3 : 3 + out.lengths[0]], minlength=4)
    np.testing.assert_allclose(kept / 5000, [1, 0.5, 0.1, 0], atol=0.02)


def test_every_epoch_draws_anew_and_the_same_for_the_same_seed():
    lengths = []
    for seed, epoch in ((1, 0), (1, 0), (1, 1), (2, 0)):
        shards, _ = shards_for([[0, 1] * 5000], keep=0.5, seed=seed)
        out = empty_shard(shards)
        shards.prepare(epoch, 0, 0, out)
        lengths.append(out.tokens.tobytes())
    assert lengths[0] == lengths[1]
    assert len(set(lengths)) == 3


@given(st.lists(st.integers(1, 150_000), min_size=1, max_size=12))
def test_chunks_cover_every_token_once_and_stay_within_bounds(sentence_lengths):
    starts = np.cumsum([0, *sentence_lengths]).astype(np.int64)
    bounds = chunk_bounds(starts)
    assert (bounds[0], bounds[-1]) == (0, starts[-1])
    assert (np.diff(bounds) > 0).all()
    assert np.diff(bounds).max() <= 2 * 65_536


def test_an_epoch_visits_every_chunk_once():
    shards, _ = shards_for([[0, 1, 2, 3] * 50_000] * 50)  # 10 M tokens, more than one shard
    assert shards.per_epoch > 1
    for epoch in (0, 1):
        visited = np.concatenate([shards.chunks(epoch, part) for part in range(shards.per_epoch)])
        assert sorted(visited) == list(range(shards.n_chunks))
    assert shards.chunks(0, 0).tolist() != shards.chunks(1, 0).tolist()
    everything = sum(shards.raw_tokens(shards.chunks(0, part)) for part in range(shards.per_epoch))
    assert everything == 10_000_000


def batches_of(sentences, window=3, *, cbow=False, seed=1):
    """All batches of one epoch, with the shard and the segment table."""
    shards, layout = shards_for(sentences, window, seed=seed)
    out = empty_shard(shards)
    shards.prepare(0, 0, 0, out)
    table = cut_segments(out, 1, layout, 2, generator(seed, "segments"))
    weights = np.linspace(0.5, 2, 10)
    builder = BatchBuilder(layout, weights, 5, np.float64, target_is_center=cbow)
    return (
        layout,
        table,
        [builder.build(out, table, k) for k in range(table.batches[-1] and len(table.batches) - 1)],
    )


@settings(deadline=None)
@given(SENTENCES, st.booleans())
def test_batches_agree_with_a_loop_over_centres(sentences, cbow):
    shards, layout = shards_for(sentences * 3)
    out = empty_shard(shards)
    shards.prepare(0, 0, 0, out)
    table = cut_segments(out, 1, layout, 2, generator(1, "segments"))
    builder = BatchBuilder(layout, np.linspace(0.5, 2, 10), 5, np.float64, target_is_center=cbow)
    seen = []
    for index in range(len(table.batches) - 1):
        batch = builder.build(out, table, index)
        chosen = range(table.batches[index], table.batches[index + 1])
        collisions = set()
        for row, segment in enumerate(chosen):
            drawn = batch.tokens.reshape(-1)[batch.negatives[row // layout.sharing]]
            for center in range(layout.length):
                place = table.starts[segment] + layout.halo + center
                window = np.flatnonzero(batch.windows[row, center])
                if center >= table.centers[segment]:
                    assert len(window) == 0
                    continue
                seen.append(int(place))
                near = range(place - out.left[0, place], place + out.right[0, place] + 1)
                expected = [out.tokens[0, near_by] for near_by in near if near_by != place]
                assert batch.tokens[row, window].tolist() == expected
                assert batch.contexts[row, center] == len(expected)
                targets = [batch.tokens[row, layout.halo + center]] if cbow else expected
                hits = np.flatnonzero(np.isin(drawn, targets))
                first = (row * layout.length + center) * layout.negatives
                collisions |= {first + hit for hit in hits.tolist()}
        # Cells of padding may be listed too: their weight is zero anyway.
        row, cell = np.divmod(batch.collisions, layout.length * layout.negatives)
        real = cell // layout.negatives < table.centers[np.array(chosen)[row]]
        assert set(batch.collisions[real].tolist()) == collisions
    assert sorted(seen) == list(range(layout.halo, layout.halo + int(out.lengths[0])))


@given(SENTENCES)
def test_no_token_is_a_negative_twice_nor_of_its_own_set(sentences):
    layout, _, batches = batches_of(sentences * 6)
    for batch in batches:
        assert len(np.unique(batch.negatives)) == batch.negatives.size
        sets = batch.negatives // (layout.span * layout.sharing)
        if len(sets) > 1:
            assert (sets != np.arange(len(sets))[:, None]).all()
        place = batch.negatives % layout.span
        assert ((place >= layout.halo) & (place < layout.halo + layout.length)).all()


def test_negatives_follow_the_noise_distribution_in_expectation():
    rng = np.random.default_rng(0)
    sentences = [(np.minimum(rng.zipf(1.5, 20), 10) - 1).tolist() for _ in range(3000)]
    counts = np.bincount(np.concatenate(sentences), minlength=10)
    shards, layout = shards_for(sentences)
    out = empty_shard(shards)
    shards.prepare(0, 0, 0, out)
    table = cut_segments(out, 1, layout, 2, generator(1, "segments"))
    weights = importance_weights(counts, np.ones(10), 0.75)
    builder = BatchBuilder(layout, weights, 5, np.float64, target_is_center=False)
    total = np.zeros(10)
    for index in range(len(table.batches) - 1):
        batch = builder.build(out, table, index)
        np.add.at(total, batch.tokens.reshape(-1)[batch.negatives], batch.negative_weights)
        sets = len(batch.negatives)
    assert sets > 1
    drawn = total / total.sum()
    np.testing.assert_allclose(drawn, noise_distribution(counts, 0.75), rtol=0.1)
    assert total.sum() / (table.batches[-1] / layout.sharing) == pytest.approx(5, rel=0.02)


@given(st.floats(1, 1e9), st.integers(1, 300), st.integers(1, 1000), st.integers(1, 100_000))
def test_every_layout_is_consistent(expected, window, dim, tokens_per_step):
    layout, batches = choose_layout(expected, window, dim, tokens_per_step)
    assert layout.group % layout.sharing == 0
    assert layout.group >= 2 * layout.sharing
    assert layout.negatives <= layout.sharing * layout.length
    assert layout.length >= layout.halo == window
    assert batches >= 1


def test_the_layout_follows_the_step_asked_for():
    for tokens in (1024, 2048, 8192, 65536):
        layout, batches = choose_layout(1e7, 5, 100, tokens)
        assert layout.centers * batches == pytest.approx(tokens, rel=0.1)


def test_keep_probability_is_that_of_word2vec():
    counts = np.array([900, 90, 9, 1])
    keep = keep_probability(counts, 0.01)
    for count, kept in zip(counts, keep, strict=True):
        ratio = 0.01 / (count / 1000)
        assert kept == pytest.approx(min(1, ratio**0.5 + ratio))
    assert keep_probability(counts, 0).tolist() == [1, 1, 1, 1]


def test_noise_is_the_powered_count_and_weights_turn_tokens_into_noise():
    counts, keep = np.array([16, 1]), np.array([0.5, 1.0])
    assert noise_distribution(counts, 0.75) == pytest.approx([8 / 9, 1 / 9])
    present = counts * keep / (counts * keep).sum()
    assert importance_weights(counts, keep, 0.75) * present == pytest.approx([8 / 9, 1 / 9])


def test_parameters_start_small_with_outside_vectors_of_zero():
    parameters = np.ones((50_000, 2, 8), np.float32)
    initial_parameters(parameters, seed=3)
    assert not parameters[:, 1].any()
    assert np.abs(parameters[:, 0]).max() <= 1 / 16
    assert parameters[:, 0].std() == pytest.approx(1 / 16 / 3**0.5, rel=0.01)


def test_streams_are_independent_and_repeatable():
    draws = {
        place: generator(*place).random()
        for place in [(1, "windows", 0), (1, "windows", 1), (1, "order", 0), (2, "windows", 0)]
    }
    assert len(set(draws.values())) == 4
    assert all(generator(*place).random() == draw for place, draw in draws.items())


def test_schedules_fall_as_they_say():
    assert [linear(0.1, 0.01, p) for p in (0, 0.5, 0.95, 1)] == pytest.approx(
        [0.1, 0.05, 0.01, 0.01]
    )
    halved = [halving(0.1, 0.03, step, 10) for step in (0, 9, 10, 19, 20, 99)]
    assert halved == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.03, 0.03])
