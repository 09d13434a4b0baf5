"""What a step costs, measured on a small text."""

from benchmark import cost


def test_the_cost_of_a_small_text_is_measured(planted_corpus):
    engine, words = cost.engine_for(str(planted_corpus), {"vocabulary.min_count": 1})
    assert words == len(engine.parameters)
    speed, words_per_step = cost.measured(engine, seconds=0)
    assert speed > 0
    assert 0 < words_per_step <= engine.trainer.total_tokens
