"""From a suite and flags to ordered trials."""

import pytest

from bench.errors import ConfigError, DeviceError, MissingDataError, NothingSelectedError
from bench.plan.backends import check_backend
from bench.plan.expand import expand_cases
from bench.plan.suite import Axes, load_suite, parse_suite


def on_cpu(name):
    if name.startswith("gpu"):
        raise DeviceError(f"device {name} was asked for and no GPU is here")
    return "cpu" if name == "auto" else name


def expand(text, **flags):
    cases, not_run = expand_cases(parse_suite(text.encode(), "mine.toml"), Axes(**flags), on_cpu)
    return [case.case_id for case in cases], not_run


def test_the_tutorial_becomes_two_cases():
    cases, not_run = expand_cases(load_suite("tutorial"), Axes(), on_cpu)
    assert [(case.case_id, case.epochs) for case in cases] == [
        ("lstm-mnist-b32-float32-cpu-pipeline", 3),
        ("cnn-mnist-b32-float32-cpu-pipeline", 10),
    ]
    assert not_run == ()


def test_lists_multiply_out_with_the_last_key_fastest():
    ids, _ = expand('name="m"\n[[cases]]\nmodel=["lstm","cnn"]\nbatch_size=[32,128]\n')
    assert ids == [
        "lstm-mnist-b32-float32-cpu-pipeline",
        "lstm-mnist-b128-float32-cpu-pipeline",
        "cnn-mnist-b32-float32-cpu-pipeline",
        "cnn-mnist-b128-float32-cpu-pipeline",
    ]


def test_an_entry_overrides_the_defaults_and_flags_override_both():
    text = 'name="m"\n[defaults]\nbatch_size=64\nscaling="none"\n[[cases]]\nmodel="lstm"\nbatch_size=128\n'
    assert expand(text)[0] == ["lstm-mnist-b128-float32-cpu-unscaled-pipeline"]
    assert expand(text, batch_size=(8,))[0] == ["lstm-mnist-b8-float32-cpu-unscaled-pipeline"]


def test_a_model_flag_keeps_its_entry_and_adds_what_the_suite_lacks():
    cases, _ = expand_cases(load_suite("tutorial"), Axes(model=("cnn-deep", "lstm")), on_cpu)
    assert [case.model for case in cases] == ["cnn-deep", "lstm"]
    assert cases[1].epochs == 3


def test_a_case_this_machine_lacks_is_refused_with_its_reason():
    with pytest.raises(DeviceError, match="no GPU"):
        expand('name="m"\n[[cases]]\nmodel="lstm"\ndevice="gpu"\n')


def test_every_missing_device_is_named_at_once():
    with pytest.raises(DeviceError) as caught:
        expand('name="m"\n[[cases]]\nmodel=["lstm","cnn"]\ndevice=["gpu","cpu","gpu:3"]\n')
    assert str(caught.value).splitlines() == [
        "device gpu was asked for and no GPU is here",
        "device gpu:3 was asked for and no GPU is here",
    ]


def test_all_stands_for_this_machines_devices_and_tolerates_what_is_not_there():
    suite = parse_suite(b'name="m"\n[[cases]]\nmodel="lstm"\ndevice="all"\n', "mine.toml")
    cases, not_run = expand_cases(suite, Axes(), on_cpu, ("cpu:1", "cpu:2", "gpu"))
    assert [case.device for case in cases] == ["cpu:1", "cpu:2"]
    assert [left.case.device for left in not_run] == ["gpu"]


def test_the_hardware_suite_has_both_networks_at_small_and_large_batches_on_every_device():
    cases, not_run = expand_cases(load_suite("hardware"), Axes(), on_cpu, ("cpu:1", "cpu:2", "gpu"))
    assert {case.model for case in cases} == {"lstm", "cnn"}
    assert {case.batch_size for case in cases} == {32, 128, 512, 1024}
    assert {case.device for case in cases} == {"cpu:1", "cpu:2"}
    assert len(cases) == 16
    assert len(not_run) == 8
    for case in cases:
        num_steps, rest = divmod(case.train_size, case.batch_size)
        assert rest == 0  # a ragged last batch would be traced anew
        assert case.epochs * num_steps - 1 >= 20


def test_the_hardware_suite_takes_the_devices_it_is_told_and_lists_what_is_missing():
    cases, not_run = expand_cases(load_suite("hardware"), Axes(device=("cpu:1", "gpu")), on_cpu)
    assert {case.device for case in cases} == {"cpu:1"}
    assert {left.case.device for left in not_run} == {"gpu"}


def test_a_cudnn_model_is_never_run_on_a_cpu():
    with pytest.raises(ConfigError, match="lstm-cudnn needs cuDNN, so a GPU; received device cpu"):
        expand('name="m"\n[[cases]]\nmodel="lstm-cudnn"\n')


def test_a_case_marked_if_available_is_listed_as_not_run():
    ids, not_run = expand(
        'name="m"\n[[cases]]\nmodel="cnn"\n[[cases]]\nmodel="lstm-cudnn"\nif_available=true\n'
        '[[cases]]\nmodel="lstm"\ndevice="gpu"\nif_available=true\n'
    )
    assert ids == ["cnn-mnist-b32-float32-cpu-pipeline"]
    assert [left.case.model for left in not_run] == ["lstm-cudnn", "lstm"]
    assert "no GPU is here" in not_run[1].reason


def test_a_data_set_that_is_not_here_is_listed_where_its_entry_allows_that_and_names_it():
    text = 'name="m"\n[[cases]]\nmodel="cnn"\ndataset=["mnist","far"]\nif_available=true\n'
    suite = parse_suite(text.encode(), "mine.toml")

    def find_missing(name):
        return MissingDataError(f"{name} is not here") if name == "far" else None

    cases, (left,) = expand_cases(suite, Axes(), on_cpu, find_missing_data=find_missing)
    assert [case.dataset for case in cases] == ["mnist"]
    assert (left.case.dataset, left.reason) == ("far", "far is not here")
    asked, none_left = expand_cases(suite, Axes(dataset=("far",)), on_cpu, find_missing_data=find_missing)
    assert ([case.dataset for case in asked], none_left) == (["far"], ())  # so that its loader refuses it


def test_nothing_left_to_run_has_an_error_of_its_own():
    with pytest.raises(NothingSelectedError, match="no case is left to run: device gpu"):
        expand('name="m"\n[[cases]]\nmodel="lstm"\ndevice="gpu"\nif_available=true\n')


def test_an_option_that_a_model_does_not_take_is_refused():
    with pytest.raises(ConfigError, match=r"model cnn takes .*filters.*received units"):
        expand('name="m"\n[[cases]]\nmodel="cnn"\nunits=64\n')


def test_a_general_option_goes_to_the_models_that_take_it():
    text = 'name="m"\n[defaults]\nfilters=4\n[[cases]]\nmodel=["lstm","cnn"]\n'
    assert expand(text, units=(8, 16), unroll=(True,))[0] == [
        "lstm-mnist-b32-float32-cpu-unroll-u8-pipeline",
        "lstm-mnist-b32-float32-cpu-unroll-u16-pipeline",
        "cnn-mnist-b32-float32-cpu-f4-pipeline",
    ]


def test_a_flag_that_no_selected_model_takes_is_refused():
    with pytest.raises(ConfigError, match=r"model lstm takes units, unroll; received filters, depth"):
        expand('name="m"\n[[cases]]\nmodel="lstm"\n', filters=(8,), depth=(6,))


def test_several_steps_in_one_call_are_refused_where_keras_has_no_such_call():
    with pytest.raises(ConfigError, match="torch expects steps_per_execution 1, received 8"):
        expand('name="m"\n[[cases]]\nmodel="lstm"\nbackend="torch"\nsteps_per_execution=8\n')


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_threads_of_operations_are_refused_where_the_backend_has_no_such_settings(backend):
    with pytest.raises(
        ConfigError, match=rf"backend {backend} takes no inter_op_threads.*leave --inter-op-threads out"
    ):
        expand(f'name="m"\n[[cases]]\nmodel="lstm"\nbackend="{backend}"\ninter_op_threads=2\n')


def test_threads_of_operations_are_an_axis_like_any_other():
    ids, _ = expand('name="m"\n[[cases]]\nmodel="cnn"\nintra_op_threads=[1,2]\n', inter_op_threads=(2,))
    assert ids == [
        "cnn-mnist-b32-float32-cpu-pipeline-intra1-inter2",
        "cnn-mnist-b32-float32-cpu-pipeline-intra2-inter2",
    ]


def test_matched_settings_leave_no_choice_to_keras():
    ids, _ = expand('name="m"\nmatched=true\n[[cases]]\nmodel=["lstm","cnn"]\njit=["auto","off"]\n')
    assert ids == ["lstm-mnist-b32-float32-cpu-jit_off-pipeline", "cnn-mnist-b32-float32-cpu-jit_off-pipeline"]


def test_tensorflow_is_fed_by_a_pipeline_and_other_backends_from_arrays_where_none_is_asked_for(monkeypatch):
    """On the others Keras makes no tf.data pipeline of arrays, and there is no such choice."""
    monkeypatch.setattr("bench.plan.expand.check_backend", lambda _: None)
    ids, _ = expand('name="m"\n[[cases]]\nmodel="lstm"\nbackend=["tensorflow","jax"]\n')
    assert ids == ["lstm-mnist-b32-float32-cpu-pipeline", "lstm-mnist-b32-float32-cpu-jax"]
    ids, _ = expand('name="m"\n[[cases]]\nmodel="lstm"\ninput=["arrays","pipeline"]\n')
    assert ids == ["lstm-mnist-b32-float32-cpu", "lstm-mnist-b32-float32-cpu-pipeline"]
    with pytest.raises(ConfigError, match="input pipeline expects backend tensorflow, received jax"):
        expand('name="m"\n[[cases]]\nmodel="lstm"\nbackend="jax"\ninput="pipeline"\n')


def test_a_backend_that_is_not_installed_is_refused_or_listed(monkeypatch):
    monkeypatch.setattr(
        "bench.plan.expand.check_backend", lambda backend: check_backend(backend, {"tensorflow"}.__contains__)
    )
    with pytest.raises(ConfigError, match="backend jax is not installed"):
        expand('name="m"\n[[cases]]\nmodel="lstm"\nbackend="jax"\n')
    ids, (left,) = expand('name="m"\n[[cases]]\nmodel="lstm"\nbackend=["tensorflow","jax"]\nif_available=true\n')
    assert ids == ["lstm-mnist-b32-float32-cpu-pipeline"]
    assert (left.case.backend, "pip install" in left.reason) == ("jax", True)


def test_an_unknown_model_gets_a_suggestion():
    with pytest.raises(ConfigError, match="did you mean 'lstm'"):
        expand('name="m"\n[[cases]]\nmodel="lsmt"\n')


def test_an_exact_repeat_runs_once():
    assert len(expand('name="m"\n[[cases]]\nmodel=["cnn","cnn"]\n')[0]) == 1


def test_two_budgets_for_one_case_are_refused():
    with pytest.raises(ConfigError, match="appears twice with different epochs"):
        expand('name="m"\n[[cases]]\nmodel="cnn"\nepochs=2\n[[cases]]\nmodel="cnn"\nepochs=3\n')


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of the user's with one network that takes units, and one that takes nothing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("def sized(shape, classes, units=8): ...\n\ndef plain(shape, classes): ...\n")
    return 'name="m"\n[[cases]]\nmodel=["lstm","mine:sized"]\n'


def test_an_option_reaches_a_users_function_that_has_such_a_parameter(own):
    ids, _ = expand(own, units=(16,))
    assert [name.endswith("-u16-pipeline") for name in ids] == [True, True]


@pytest.mark.parametrize("models", [("mine:plain",), ("lstm", "mine:plain")])
def test_an_option_that_a_users_function_lacks_is_refused_alone_and_beside_others(own, models):
    with pytest.raises(ConfigError, match=r"model mine:plain takes none of units; .*units=…"):
        expand(own, model=models, units=(16,))


def test_own_training_goes_to_the_users_networks_alone(own):
    ids, _ = expand(own, training=("own",))
    assert [name.endswith("-own_training") for name in ids] == [False, True]
    with pytest.raises(ConfigError, match=r"lstm takes .*; received training"):
        expand(own, model=("lstm",), training=("own",))
    with pytest.raises(ConfigError, match="keeps the compile of mine:sized, which decides --optimizer"):
        expand(own, training=("own",), optimizer=("sgd",))
    with pytest.raises(ConfigError, match="matched settings expect the benchmark's training"):
        expand(own.replace('"m"', '"m"\nmatched=true'), training=("own",))


def test_a_suite_cannot_ask_a_built_in_network_for_a_training_of_its_own():
    with pytest.raises(ConfigError, match="model lstm has no training of its own"):
        expand('name="m"\n[[cases]]\nmodel="lstm"\ntraining="own"\n')


SEQUENCES = (
    'name="s"\n[defaults]\nmodel=["gru","fcn"]\nepochs=9\n[[cases]]\ndataset="spoken-digits"\nepochs=3\nmax_length=48\n'
    '[[cases]]\ndataset="word-languages"\nepochs=2\n'
)


def expand_sequences(**flags):
    suite = parse_suite(SEQUENCES.encode(), "s.toml")
    cases, _ = expand_cases(suite, Axes(**flags), on_cpu)
    return [(case.model, case.dataset, case.epochs, case.max_length) for case in cases]


def test_a_data_set_flag_selects_where_every_entry_names_its_data():
    assert expand_sequences(dataset=("spoken-digits",)) == [
        ("gru", "spoken-digits", 3, 48), ("fcn", "spoken-digits", 3, 48),
    ]  # fmt: skip
    both = expand_sequences(dataset=("word-languages", "spoken-digits"), model=("fcn",))
    assert both == [("fcn", "word-languages", 2, None), ("fcn", "spoken-digits", 3, 48)]


def test_own_data_takes_part_under_the_defaults_and_an_own_network_on_every_data_set():
    assert expand_sequences(dataset=("mine.npz",)) == [("gru", "mine.npz", 9, None), ("fcn", "mine.npz", 9, None)]
    assert expand_sequences(model=("mine:build", "fcn")) == [
        ("mine:build", "spoken-digits", 3, 48), ("mine:build", "word-languages", 2, None),
        ("fcn", "spoken-digits", 3, 48), ("fcn", "word-languages", 2, None),
    ]  # fmt: skip
    assert expand_sequences(model=("mine:build",), dataset=("mine.npz",)) == [("mine:build", "mine.npz", 9, None)]


def test_the_sequences_suite_has_five_networks_on_three_sets():
    own = {"japanese-vowels": "standard", "spoken-digits": "standard", "word-languages": "none"}
    cases, _ = expand_cases(load_suite("sequences"), Axes(), on_cpu, own_scaling=own.__getitem__)
    assert len(cases) == 15
    assert {case.model for case in cases} == {"lstm", "gru", "lstm-both-ways", "cnn-1d", "fcn"}
    assert {(case.dataset, case.scaling) for case in cases} == set(own.items())


def test_a_scaling_that_is_asked_for_wins_over_the_data_sets_own_but_for_tokens():
    def scalings(own, **flags):
        cases, _ = expand_cases(load_suite("quick"), Axes(**flags), on_cpu, own_scaling=lambda _: own)
        return {case.scaling for case in cases}

    assert scalings("standard") == {"standard"}
    assert scalings("standard", scaling=("unit",)) == {"unit"}
    assert scalings("none") == {"none"}
    with pytest.raises(ConfigError, match="--scaling: mnist is of tokens, which are never scaled, received unit"):
        scalings("none", scaling=("unit",))
