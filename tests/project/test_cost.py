"""What training costs, measured on a small text."""

import pytest

from benchmark import cost


def test_the_speed_on_a_small_text_is_measured(planted_corpus):
    engine, words = cost.engine_for(str(planted_corpus), {"vocabulary.min_count": 1})
    assert words == len(engine.parameters)
    assert cost.measured(engine, seconds=0) > 0


@pytest.mark.slow
def test_the_products_take_a_part_of_the_time_of_training(planted_corpus):
    found = cost.roofline(str(planted_corpus), 0.2)
    alone = found["the products of a micro-batch alone, GFLOP/s"]
    assert 0 < found["all of training, GFLOP/s"] < alone
    assert 0 < found["their share of a worker's time, %"] < 100
