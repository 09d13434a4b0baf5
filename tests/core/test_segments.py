"""Layouts, portions and batches, against plain loops over tokens."""

import copy
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v_cli.core import collisions
from w2v_cli.core.batch_builder import BatchBuilder
from w2v_cli.core.layout import Layout, choose_layout
from w2v_cli.core.sampling import (
    generator,
    initial_parameters,
    initial_rows,
    keep_probability,
    noise_distribution,
)
from w2v_cli.core.schedules import LearningRate
from w2v_cli.core.segments import PortionText, cut_segments, step_bounds
from w2v_cli.core.step_lengths import longest_step, step_growth
from w2v_cli.training.engine.chunks import Chunks, Text, Window, chunk_bounds
from w2v_cli.training.engine.portions import Portions


def empty_text(chunks):
    shape = chunks.most_at_once, chunks.capacity
    left, right = np.zeros((2, *shape), np.int16)
    return PortionText(np.zeros(shape, np.int32), left, right, np.zeros(shape[0], np.int64))


def chunks_for(sentences, window=3, keep=1.0, *, dynamic=True, seed=1):
    """Chunks of sentences of word ids."""
    tokens = np.array([word for sentence in sentences for word in sentence], np.int32)
    starts = np.cumsum([0, *map(len, sentences)]).astype(np.int64)
    types = int(tokens.max()) + 1
    text = Text(tokens, starts, np.arange(types, dtype=np.int32), np.full(types, keep, np.float32))
    layout = Layout(segments=4, length=16, halo=window, negatives=5, groups=2, block=8)
    return Chunks(text, layout, seed, Window(window, dynamic)), layout


SENTENCES = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=12), min_size=1, max_size=12)


@given(SENTENCES, st.integers(1, 5))
def test_windows_hold_the_nearest_words_of_the_same_sentence(sentences, window):
    chunks, _ = chunks_for(sentences, window, dynamic=False)
    out = empty_text(chunks)
    chunks.prepare(0, 0, 0, out)
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
    chunks, _ = chunks_for(sentences * 5, 4)
    fixed, _ = chunks_for(sentences * 5, 4, dynamic=False)
    out, widest = empty_text(chunks), empty_text(fixed)
    chunks.prepare(0, 0, 0, out)
    fixed.prepare(0, 0, 0, widest)
    for side in ("left", "right"):
        drawn, limit = getattr(out, side), getattr(widest, side)
        assert (drawn <= limit).all()
        assert (drawn >= np.minimum(limit, 1)).all()


def test_dynamic_windows_are_uniform():
    chunks, _ = chunks_for([list(range(10)) * 2000], 4)
    out = empty_text(chunks)
    chunks.prepare(0, 0, 0, out)
    counts = np.bincount(out.left[0, 100:-100])
    np.testing.assert_allclose(counts[1:] / counts.sum(), 0.25, atol=0.02)


def test_each_word_is_kept_as_often_as_its_probability_says():
    chunks, _ = chunks_for([[0, 1, 2, 3] * 5000])
    chunks._text.keep[:] = [1.0, 0.5, 0.1, 0.0]
    out = empty_text(chunks)
    chunks.prepare(0, 0, 0, out)
    kept = np.bincount(out.tokens[0, 3 : 3 + out.lengths[0]], minlength=4)
    np.testing.assert_allclose(kept / 5000, [1, 0.5, 0.1, 0], atol=0.02)


def test_every_epoch_draws_anew_and_the_same_for_the_same_seed():
    lengths = []
    for seed, epoch in ((1, 0), (1, 0), (1, 1), (2, 0)):
        chunks, _ = chunks_for([[0, 1] * 5000], keep=0.5, seed=seed)
        out = empty_text(chunks)
        chunks.prepare(epoch, 0, 0, out)
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


def test_an_epoch_visits_every_chunk_once(monkeypatch):
    monkeypatch.setattr("w2v_cli.training.engine.chunks._CHUNK", 1000)
    chunks, _ = chunks_for([[0, 1, 2, 3] * 50] * 800)  # 160 chunks, more than one portion
    portions = Portions(chunks, 1)
    assert portions.per_epoch > 1
    for epoch in (0, 1):
        parts = [portions.at(epoch, number) for number in range(portions.per_epoch)]
        visited = np.concatenate([part.chunks for part in parts])
        assert sorted(visited) == chunks.trained.tolist()
        assert sum(part.raw_tokens for part in parts) == 160_000
        assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert portions.at(0, 0).chunks.tolist() != portions.at(1, 0).chunks.tolist()


NOISE = np.linspace(0.5, 2, 10) / 12.5


def prepared(sentences):
    """(layout, text, table) of one epoch."""
    chunks, layout = chunks_for(sentences)
    out = empty_text(chunks)
    chunks.prepare(0, 0, 0, out)
    return layout, out, cut_segments(out, 1, layout, 2, generator(1, "segments"))


def batches_of(sentences, *, cbow=False):
    """(layout, text, table, index, batch) of all batches of one epoch, while each lives."""
    layout, out, table = prepared(sentences)
    builder = BatchBuilder(layout, NOISE, 5, np.float64, targets_center=cbow)
    for index in range(len(table.starts)):
        yield layout, out, table, index, builder.build(out, table, np.array([index]))[0]


def group_by_group(layout):
    """The places of all tokens, those of the first group first."""
    groups, tokens = layout.groups, layout.tokens
    return [i for group in range(groups) for i in range(group, tokens, groups)]


def counting(layout, batch, cbow=False):
    """The part of each negative (Q, F/Q, N) that counts."""
    values = np.ones((layout.groups, layout.group_tokens, layout.negatives))
    targets = np.minimum(batch.contexts, 1) if cbow else batch.contexts
    batch.collisions.discount(values, layout.by_group(targets))
    return values


def test_neighbours_are_in_different_groups():
    layout = Layout(segments=3, length=8, halo=1, negatives=5, groups=4, block=4)
    tokens = np.arange(layout.tokens)
    assert layout.by_group(tokens).reshape(-1).tolist() == group_by_group(layout)


@settings(deadline=None)
@given(SENTENCES, st.booleans())
def test_batches_agree_with_a_loop_over_centres(sentences, cbow):
    seen = []
    for layout, out, table, index, batch in batches_of(sentences * 3, cbow=cbow):
        order = group_by_group(layout)
        expected = np.ones(layout.tokens * layout.negatives)
        for center in range(layout.tokens):
            segment, offset = divmod(center, layout.length)
            before, after = int(batch.left[center]), int(batch.right[center])
            context = [*range(center - before, center), *range(center + 1, center + after + 1)]
            if not layout.halo <= offset < layout.halo + table.centers[index, segment]:
                assert len(context) == 0
                continue
            place = table.starts[index, segment] + offset
            seen.append(int(place))
            near = range(place - out.left[0, place], place + out.right[0, place] + 1)
            around = [out.tokens[0, near_by] for near_by in near if near_by != place]
            assert batch.tokens[context].tolist() == around
            assert batch.tokens[center] == out.tokens[0, place]
            assert batch.contexts[center] == len(around)
            targets = [batch.tokens[center]] if cbow and around else around
            for hit, word in enumerate(batch.negatives[center % layout.groups].tolist()):
                if word in targets:
                    where = order.index(center) * layout.negatives + hit
                    expected[where] = 1 - targets.count(word) / len(targets)
        np.testing.assert_allclose(counting(layout, batch, cbow).reshape(-1), expected)
    assert sorted(seen) == list(range(3, 3 + int(out.lengths[0])))


@pytest.mark.slow
@settings(deadline=None)
@given(SENTENCES, st.booleans())
def test_batches_built_together_are_those_built_alone(sentences, cbow):
    alone = [copy.deepcopy(batch) for *_, batch in batches_of(sentences * 3, cbow=cbow)]
    layout, out, table = prepared(sentences * 3)
    builder = BatchBuilder(layout, NOISE, 5, np.float64, targets_center=cbow)
    together = builder.build(out, table, np.arange(len(alone)))
    for one, other in zip(alone, together, strict=True):
        for name, value in vars(one).items():
            if name != "collisions":
                np.testing.assert_array_equal(value, getattr(other, name))
        np.testing.assert_array_equal(counting(layout, one, cbow), counting(layout, other, cbow))


@pytest.mark.slow
@settings(deadline=None)
@given(SENTENCES)
def test_collisions_are_the_same_however_they_are_counted(sentences):
    counted = []
    for many, kind, at_once in (
        (1 << 20, collisions.ManyCollisions, 1),
        (1e-9, collisions.FewCollisions, 1 << 15),
        (1e-9, collisions.FewCollisions, 9),  # in parts that end within a token's hits
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(collisions, "_MANY", many)
            patch.setattr(collisions, "_LOOKED_AT", at_once)
            made = [(layout, batch) for layout, *_, batch in batches_of(sentences * 3)]
        counted.append([counting(layout, batch) for layout, batch in made])
        collide = [(values < 1).any() for values in counted[-1]]
        kinds = {
            type(batch.collisions) for (_, batch), some in zip(made, collide, strict=True) if some
        }
        assert kinds <= {kind}
    np.testing.assert_array_equal(counted[0], counted[1])
    np.testing.assert_array_equal(counted[0], counted[2])


def found_and_peak(layout, tokens, reach, negatives):
    """The collisions among context words, and the bytes that finding them took."""
    tracemalloc.start()
    found = collisions.find_collisions(
        layout, tokens, reach, reach, negatives, targets_center=False
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found, peak


def test_micro_batches_that_draw_other_words_are_not_counted_together():
    """Each word that any of them draws is counted along the text of all."""
    layout, rng = Layout(1, 128, 10, negatives=16, groups=1), np.random.default_rng(1)
    tokens, place = rng.integers(0, 16, (64, 128)).astype(np.int32), np.arange(128)
    reach = np.tile(np.where((place >= 10) & (place < 118), 10, 0), (64, 1)).astype(np.int16)
    rare = rng.integers(40, 1040, (64, 1, 8))
    negatives = np.concatenate((rng.integers(0, 16, (64, 1, 8)), rare), axis=2)
    found, peak = found_and_peak(layout, tokens, reach, negatives)
    assert {type(of_one) for of_one in found} == {collisions.ManyCollisions}
    assert peak < 10e6


def test_centres_around_drawn_words_are_looked_at_a_part_at_a_time():
    layout, rng = Layout(1, 640, 64, negatives=64, groups=32), np.random.default_rng(1)
    words = 1 / np.arange(1, 3001)
    tokens = rng.choice(3000, (12, 640), p=words / words.sum()).astype(np.int32)
    place = np.arange(640)
    reach = np.tile(np.where((place >= 64) & (place < 576), 50, 0), (12, 1)).astype(np.int16)
    noise = words**0.75
    negatives = rng.choice(3000, (12, 32, 64), p=noise / noise.sum())
    found, peak = found_and_peak(layout, tokens, reach, negatives)
    assert {type(of_one) for of_one in found} == {collisions.FewCollisions}
    assert sum(len(of_one.places) for of_one in found) > 50_000
    assert peak < 16e6


@pytest.mark.slow
def test_negatives_follow_the_noise_distribution_evenly():
    drawn = np.concatenate(
        [batch.negatives for *_, batch in batches_of([list(range(10)) * 2] * 3000)]
    )
    counts = np.bincount(drawn.reshape(-1), minlength=10)
    np.testing.assert_allclose(counts / counts.sum(), NOISE, rtol=0.1)
    # One of the five comes from each fifth of the distribution.
    bounds = np.cumsum(NOISE)
    first, last = np.searchsorted(bounds, [k / 5 for k in range(5)], side="right"), bounds
    for k in range(5):
        assert (drawn[:, k] >= first[k]).all()
        assert (drawn[:, k] <= np.searchsorted(last, (k + 1) / 5 - 1e-9)).all()


@given(st.floats(1, 1e9), st.integers(1, 1000), st.integers(1, 100_000), st.floats(0, 10_000))
def test_every_layout_is_consistent(expected, halo, tokens_per_step, negatives):
    layout, batches = choose_layout(expected, halo, tokens_per_step, negatives)
    assert layout.tokens % layout.groups == 0
    assert (layout.segment_centers if layout.wide else layout.tokens) % layout.block == 0
    assert halo <= layout.halo <= halo + 15 * layout.wide
    assert layout.wide or layout.segment_centers >= layout.length / 2
    assert layout.segment_centers > 0
    assert batches >= 1


@given(st.floats(1e5, 1e9), st.integers(33, 1000), st.integers(1, 100_000))
def test_wide_windows_do_not_make_a_step_longer_nor_its_arrays_large(expected, halo, asked):
    layout, batches = choose_layout(expected, halo, asked, 5 * halo)
    assert layout.centers * batches <= max(asked, 64) * 3 / 2
    assert layout.tokens <= 1024 + 2 * (halo + 15)


@given(
    st.integers(0, 5000),
    st.integers(1, 4),
    st.integers(1, 64),
    st.integers(1, 5000),
    st.floats(0, 1e6),
)
def test_steps_hold_every_micro_batch_and_none_too_many(batches, least, most, growth, done):
    most = max(least, most)
    bounds = step_bounds(batches, least, most, growth, done)
    sizes = np.diff(bounds)
    assert (bounds[0], bounds[-1]) == (0, batches)
    assert np.all(sizes >= 1)
    assert np.all(sizes <= most)


@pytest.mark.parametrize("growth", [128, 256])
def test_steps_grow_with_the_text_trained(growth):
    sizes = np.diff(step_bounds(10_000, 1, 32, growth, 0.0))
    assert np.all(sizes[:64] <= 2)
    assert sizes[-1] >= 31
    for number in (100, 200, 300):
        before = sizes[:number].sum()
        assert sizes[number] == pytest.approx(0.5 + before / growth, abs=2)
    # A text trained in two parts has the steps of one trained at once.
    again = np.diff(step_bounds(5_000, 1, 32, growth, 40.0 * growth))
    assert again[0] >= 31


def test_steps_of_any_length_are_as_long_as_they_get_after_the_same_text():
    assert [step_growth(tokens) for tokens in (32_768, 16_384, 8_192)] == [128, 256, 512]
    assert step_growth(2**24) == 1


def test_two_workers_have_as_many_micro_batches_of_most_steps():
    sizes = np.diff(step_bounds(10_000, 1, 32, 128, 0.0))
    assert np.count_nonzero((sizes > 1) & (sizes % 2 == 1)) < len(sizes) / 20


def test_steps_at_their_longest_differ_by_one_micro_batch_at_most():
    assert set(np.diff(step_bounds(100, 1, 8, 128, 1e6)).tolist()) == {7, 8}


def test_steps_are_short_where_a_word_would_be_in_too_many_pairs():
    assert longest_step(62_000, 36) > 32_768
    assert longest_step(10_300, 66) == 7_803
    assert longest_step(28, 66) == 1024


def test_the_layout_follows_the_step_asked_for():
    for tokens in (1024, 2048, 8192, 65536):
        layout, batches = choose_layout(1e7, 5, tokens, 30)
        assert 2 / 3 < layout.centers * batches / tokens < 3 / 2


@pytest.mark.parametrize("epochs", [1, 5, 50])
@pytest.mark.parametrize("tokens", [4_000, 100_000, 300_000, 1e6])
def test_a_run_and_an_epoch_have_steps_enough(tokens, epochs):
    layout, batches = choose_layout(tokens, 5, 16_384, 30, epochs=epochs)
    centers = layout.centers * batches
    most = max(1024, min(epochs * tokens / 128, tokens / 8))
    assert centers <= most * 3 / 2
    assert centers >= min(16_384, most) * 2 / 3


@pytest.mark.parametrize(
    ("per_center", "negatives", "groups"),
    [(0, 0, 8), (5, 16, 8), (30, 32, 8), (60, 64, 8), (165, 64, 16)],
)
def test_a_group_has_about_as_many_negatives_as_a_centre_would_draw(per_center, negatives, groups):
    layout, _ = choose_layout(1e7, 5, 16_384, per_center)
    assert (layout.negatives, layout.groups, layout.tokens) == (negatives, groups, 1024)


def test_keep_probability_is_that_of_word2vec():
    counts = np.array([900, 90, 9, 1])
    keep = keep_probability(counts, 0.01)
    for count, kept in zip(counts, keep, strict=True):
        ratio = 0.01 / (count / 1000)
        assert kept == pytest.approx(min(1, ratio**0.5 + ratio))
    assert keep_probability(counts, 0).tolist() == [1, 1, 1, 1]


def test_noise_is_the_powered_count():
    assert noise_distribution(np.array([16, 1]), 0.75) == pytest.approx([8 / 9, 1 / 9])


def test_parameters_start_small_with_outside_vectors_of_zero():
    parameters = np.ones((50_000, 2, 8), np.float32)
    initial_parameters(parameters, seed=3)
    assert not parameters[:, 1].any()
    assert np.abs(parameters[:, 0]).max() <= 1 / 8
    assert parameters[:, 0].mean() == pytest.approx(0, abs=0.001)
    assert parameters[:, 0].std() == pytest.approx(1 / 8 / 3**0.5, rel=0.01)


def test_a_row_of_several_parts_starts_with_the_variance_of_their_sum():
    rows = np.empty((50_000, 8), np.float32)
    initial_rows(rows, np.tile([1, 4], 25_000), seed=3)
    for first, parts in ((0, 1), (1, 4)):
        assert rows[first::2].std() == pytest.approx(parts**0.5 / 8 / 3**0.5, rel=0.01)


def test_streams_are_independent_and_repeatable():
    draws = {
        place: generator(*place).random()
        for place in [(1, "windows", 0), (1, "windows", 1), (1, "order", 0), (2, "windows", 0)]
    }
    assert len(set(draws.values())) == 4
    assert all(generator(*place).random() == draw for place, draw in draws.items())


def test_schedules_fall_as_they_say():
    linear = LearningRate("linear", 0.1, 0.01, 10)
    assert [linear(p, 0) for p in (0, 0.5, 0.95, 1)] == pytest.approx([0.1, 0.05, 0.01, 0.01])
    halving = LearningRate("step", 0.1, 0.03, 10)
    halved = [halving(0, step) for step in (0, 9, 10, 19, 20, 99)]
    assert halved == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.03, 0.03])
