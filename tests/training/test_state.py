"""What a run counts between its reports and its epochs."""

from w2v_cli.training.run.state import TrainingState


def test_a_report_and_an_epoch_each_have_the_mean_of_their_own_steps():
    state = TrainingState()
    state.add(6.0, 2.0)
    assert (state.mean_loss, state.mean_epoch_loss) == (3, 3)
    state.end_report()
    assert (state.reports, state.mean_loss, state.mean_epoch_loss) == (1, None, 3)
    state.add(2.0, 2.0)
    assert (state.mean_loss, state.mean_epoch_loss) == (1, 2)
    state.end_epoch()
    assert (state.epoch_losses, state.mean_epoch_loss) == ([2], None)
    state.add(5.0, 1.0)
    state.end_epoch()
    assert state.epoch_losses == [2, 5]
