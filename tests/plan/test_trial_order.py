"""In which order a run trains."""

from bench.plan.trial_order import interleave


def test_seeds_are_interleaved_and_no_case_is_always_first(make_case):
    trials = interleave([make_case("lstm"), make_case("cnn")], (0, 1, 2))
    assert [(trial.case.model, trial.seed) for trial in trials] == [
        ("lstm", 0),
        ("cnn", 0),
        ("cnn", 1),
        ("lstm", 1),
        ("lstm", 2),
        ("cnn", 2),
    ]
    assert [trial.index for trial in trials] == list(range(6))
