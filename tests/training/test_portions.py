"""An epoch over a text of many chunks, against plain loops over its tokens.

Every token is a type of its own here, so what comes out says where it came from.
"""

import mmap
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v_cli.core.batch_builder import BatchBuilder
from w2v_cli.core.layout import Layout
from w2v_cli.core.sampling import generator
from w2v_cli.core.segments import PortionText, cut_segments
from w2v_cli.training.engine import chunks as chunks_module
from w2v_cli.training.engine import portions as portions_module
from w2v_cli.training.engine.chunks import Chunks, Text, Window
from w2v_cli.training.engine.portions import Portions

LAYOUT = Layout(segments=4, length=16, halo=3, negatives=5, groups=2, block=8)
CHUNK, CHUNKS_PER_PORTION = 16, 3
SENTENCE_LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=10)
KEEP = st.sampled_from([0.0, 0.3, 0.7, 1.0])


@pytest.fixture(autouse=True, scope="module")
def small_chunks():
    """Chunks of some 16 tokens, so that a short text has many, and cuts through sentences."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks_module, "_CHUNK", CHUNK)
        for module in (chunks_module, portions_module):
            patch.setattr(module, "CHUNKS_PER_PORTION", CHUNKS_PER_PORTION)
        yield


def starts_of(sentence_lengths):
    return np.cumsum([0, *sentence_lengths]).astype(np.int64)


def chunks_over(sentence_lengths, keep=1.0, *, dynamic=False):
    """Chunks of a text in which token i is of type i."""
    starts = starts_of(sentence_lengths)
    types = np.arange(starts[-1], dtype=np.int32)
    kept = np.full(len(types), keep, np.float32)
    text = Text(types, starts, types, kept)
    return Chunks(text, LAYOUT, 1, Window(LAYOUT.halo, dynamic))


def portions_of(chunks, epoch=0):
    """Each portion of an epoch with its text, over leftovers of others as in a long run."""
    portions = Portions(chunks, 1)
    for number in range(portions.per_epoch):
        shape = chunks.most_at_once, chunks.capacity
        left, right = np.full((2, *shape), 99, np.int16)
        lengths = np.full(shape[0], 99, np.int64)
        text = PortionText(np.full(shape, 99, np.int32), left, right, lengths)
        portion = portions.at(epoch, number)
        for row, chunk in enumerate(portion.chunks.tolist()):
            chunks.prepare(epoch, chunk, row, text)
        yield portion, text


def cut(portion, text):
    """The portion in steps of two micro-batches."""
    rng = generator(1, "segments", portion.epoch, portion.number)
    return cut_segments(text, len(portion.chunks), LAYOUT, 2, rng)


def row_of(text, row):
    """The tokens of a row of the text, with the context words to the left and right of each."""
    inner = slice(LAYOUT.halo, LAYOUT.halo + int(text.lengths[row]))
    return [side[row, inner].tolist() for side in (text.tokens, text.left, text.right)]


def epoch_of(chunks, epoch=0):
    """All micro-batches of an epoch, with the number of the step, in the order of training."""
    ones = np.ones(len(chunks._text.tokens))
    builder = BatchBuilder(LAYOUT, ones, 5, np.float64, targets_center=False)
    for portion, text in portions_of(chunks, epoch):
        table = cut(portion, text)
        for step in range(table.n_steps):
            for index in range(table.steps[step], table.steps[step + 1]):
                yield (portion.number, step), builder.build(text, table, np.array([index]))[0]


@settings(deadline=None)
@given(SENTENCE_LENGTHS, KEEP, st.integers(0, 3))
def test_windows_are_counted_in_kept_words_of_the_same_sentence_and_chunk(lengths, keep, epoch):
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    for portion, text in portions_of(chunks_over(lengths, keep), epoch):
        for row in range(len(portion.chunks)):
            tokens, left, right = row_of(text, row)
            for place, token in enumerate(tokens):
                before = [t for t in tokens[:place] if sentence[t] == sentence[token]]
                after = [t for t in tokens[place + 1 :] if sentence[t] == sentence[token]]
                assert left[place] == min(LAYOUT.halo, len(before))
                assert right[place] == min(LAYOUT.halo, len(after))


@given(SENTENCE_LENGTHS, KEEP)
def test_the_kept_words_of_a_chunk_are_in_their_order_and_from_that_chunk(lengths, keep):
    chunks = chunks_over(lengths, keep)
    for portion, text in portions_of(chunks):
        for row, chunk in enumerate(portion.chunks):
            tokens = row_of(text, row)[0]
            assert tokens == sorted(set(tokens))
            low, high = chunks._bounds[chunk], chunks._bounds[chunk + 1]
            assert all(low <= token < high for token in tokens)
            if keep in (0.0, 1.0):
                assert len(tokens) == keep * (high - low)


@given(SENTENCE_LENGTHS)
def test_a_sentence_is_cut_only_where_none_starts_near(lengths):
    starts = starts_of(lengths)
    for bound in chunks_module.chunk_bounds(starts).tolist():
        near = (starts >= bound) & (starts < bound + CHUNK // 2)
        assert bound in starts or not near.any()


@settings(deadline=None)
@given(SENTENCE_LENGTHS, st.integers(0, 2))
def test_every_token_is_a_centre_once_an_epoch(lengths, epoch):
    chunks = chunks_over(lengths, dynamic=True)
    seen = []
    for _, batch in epoch_of(chunks, epoch):
        seen += batch.tokens[batch.contexts > 0].tolist()
    bounds = set(chunks._bounds.tolist())
    starts = starts_of(lengths)
    cuts = sorted({*starts.tolist(), *bounds})
    alone = [low for low, high in pairwise(cuts) if high - low == 1]
    assert sorted([*seen, *alone]) == list(range(starts[-1]))


@settings(deadline=None)
@given(SENTENCE_LENGTHS, KEEP)
def test_a_segment_beyond_the_end_of_the_text_has_no_windows(lengths, keep):
    for _, batch in epoch_of(chunks_over(lengths, keep)):
        np.testing.assert_array_equal(batch.left + batch.right, batch.contexts)
        assert batch.contexts.max() <= 2 * LAYOUT.halo
        in_halo = batch.contexts.reshape(LAYOUT.segments, -1)
        assert not in_halo[:, : LAYOUT.halo].any()
        assert not in_halo[:, -LAYOUT.halo :].any()


def test_a_step_has_no_more_batches_than_it_should_and_none_is_left_out():
    steps = [step for step, _ in epoch_of(chunks_over([40] * 20))]
    counts = [steps.count(step) for step in dict.fromkeys(steps)]
    assert steps == sorted(steps)
    assert set(counts) <= {1, 2}
    assert counts.count(2) > counts.count(1)


def test_segments_of_a_step_come_from_many_places_and_in_another_order_each_epoch():
    chunks = chunks_over([100] * 8)
    firsts = []
    for epoch in (0, 1):
        _, batch = next(epoch_of(chunks, epoch))
        places = batch.tokens.reshape(LAYOUT.segments, -1)[:, LAYOUT.halo]
        assert not np.array_equal(places, np.sort(places))
        firsts.append(places.tolist())
    assert firsts[0] != firsts[1]


def test_a_portion_from_which_everything_was_dropped_has_no_steps():
    [(portion, text)] = portions_of(chunks_over([20, 20], keep=0.0))
    assert cut(portion, text).n_steps == 0


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(SENTENCE_LENGTHS, st.booleans())
def test_pairs_of_an_epoch_are_those_a_loop_counts(lengths, cbow):
    chunks, negatives = chunks_over(lengths, dynamic=True), 4
    size = int(starts_of(lengths)[-1])
    noise = np.full(size, 1 / size)
    builder = BatchBuilder(LAYOUT, noise, negatives, np.float64, targets_center=cbow)
    found, expected = np.zeros((2, 2, size))
    for portion, text in portions_of(chunks):
        table = cut(portion, text)
        for index in range(len(table.starts)):
            batch = builder.build(text, table, np.array([index]))[0]
            np.add.at(found[0], batch.tokens, batch.center_pairs)
            drawn = batch.negatives.reshape(-1)
            np.add.at(found[1], np.append(batch.tokens, drawn), batch.outside_pairs)
            count_pairs(batch, negatives, cbow, expected)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def count_pairs(batch, negatives, cbow, counts):
    """Add the pairs of a batch to counts (2, V), window by window and word by word."""
    for place, word in enumerate(batch.tokens.tolist()):
        first, last = place - int(batch.left[place]), place + int(batch.right[place])
        context = batch.tokens[[near for near in range(first, last + 1) if near != place]]
        predicting, targets = (context, [word]) if cbow else ([word], context)
        if not len(context):
            continue
        for target in targets:
            counts[1, target] += 1
            for drawn in batch.negatives[place % LAYOUT.groups]:
                counts[1, drawn] += negatives / LAYOUT.negatives
        for other in predicting:
            counts[0, other] += len(targets) * (1 + negatives)


class Watched(mmap.mmap):
    """A mapped file that keeps what it was advised of."""

    def madvise(self, advice, start, length):
        assert advice == mmap.MADV_WILLNEED
        super().madvise(advice, start, length)
        self.wanted.append((start, start + length))


def test_the_chunks_asked_for_and_no_others_are_read_ahead(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks_module, "_CHUNK", 3 * mmap.PAGESIZE)
    types = np.arange(100 * mmap.PAGESIZE, dtype=np.int32)
    types.tofile(tmp_path / "tokens")
    monkeypatch.setattr(mmap, "mmap", Watched)
    on_disk = np.asarray(np.memmap(tmp_path / "tokens", np.int32, "r"))
    file = on_disk.base.base
    file.wanted = []
    starts = np.arange(0, len(types) + 1, 50)
    text = Text(on_disk, starts, types, np.ones(len(types)))
    chunks = Chunks(text, LAYOUT, 1, Window(LAYOUT.halo, dynamic=False))
    chunks.prefetch(np.array([0, 5, 2]))
    wanted = [chunks._bounds[chunk : chunk + 2] * types.itemsize for chunk in (0, 5, 2)]
    for (low, high), (start, end) in zip(wanted, file.wanted, strict=True):
        assert start <= low < start + mmap.PAGESIZE
        assert end == high


def test_a_text_in_memory_needs_no_reading_ahead():
    chunks_over([40, 40]).prefetch(np.arange(2))
