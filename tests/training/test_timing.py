"""How fast a run trains, and when it is saved, by times that are given."""

import pytest

from w2v_cli.training.run.timing import Pace, SaveTimes


def test_the_pace_is_that_of_this_process_and_the_time_that_of_all():
    pace = Pace(began=100.0, words=1000, part=0.5, train_seconds=50.0)
    assert pace.words_per_second(now=110.0, words=1500) == 50
    assert pace.words_per_second(now=110.0, words=1000) == pytest.approx(0.1)  # no division by 0
    assert pace.seconds(now=110.0) == 60


@pytest.fixture
def times():
    """Saves every 100 seconds and 5 steps; saved last after step 12, which took one second."""
    times = SaveTimes(100.0, 5)
    times.note(9.0, 10.0, 12)
    return times


def test_a_run_is_saved_when_it_is_time(times):
    assert [times.is_due(now, 12, epoch_ended=False) for now in (109, 110)] == [False, True]


def test_a_run_is_saved_at_each_multiple_of_the_steps_also_where_some_are_skipped(times):
    assert not times.is_due(11, 14, epoch_ended=False)
    assert times.is_due(11, 15, epoch_ended=False)
    assert times.is_due(11, 21, epoch_ended=False)


def test_an_epochs_end_is_saved_where_that_takes_a_hundredth_of_the_time_at_most():
    times = SaveTimes(1000.0, None)
    times.note(9.0, 10.0, 12)
    assert [times.is_due(now, 99, epoch_ended=True) for now in (109, 110)] == [False, True]
