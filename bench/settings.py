"""The one table of a case's settings: what each is called, what it may be, and what the rest of the program asks of it.

A setting is one annotated field of `Settings`. Its record is all that ids, labels, suites, options, matched and tuned
runs, claims, reports and exports know of it; adding a setting is adding a field here and using it where a trial trains.
The table is derived from the fields, and not the fields from the table, so that `case.batch_size` is an `int` to a type
checker as well as to pydantic.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from bench.frozen_model import Frozen, PositiveInt, StrictBool
from bench.setting_definition import Setting, read_table, slug

Backend = Literal["tensorflow", "jax", "torch"]
BACKEND_NAMES: Mapping[Backend, str] = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
Precision = Literal["float32", "mixed_float16", "mixed_bfloat16", "float64"]
Scaling = Literal["unit", "standard", "none"]
Jit = Literal["auto", "on", "off"]
Optimizer = Literal["adam", "sgd"]
Activation = Literal["relu", "tanh", "sigmoid"]
OutputActivation = Literal["softmax", "sigmoid"]
Training = Literal["bench", "own"]
Axes = Literal["channels-last", "channels-first"]
Input = Literal["arrays", "pipeline"]
ValidationSplit = Annotated[float, Field(gt=0, lt=1)]
LearningRate = Annotated[float, Field(gt=0, le=1000)]
Decay = Annotated[float, Field(ge=0, le=1000)]
Threads = Annotated[int, Field(ge=1, le=4096, strict=True)]

# The first rate of an optimizer where none is given: the tutorial's, and what Keras takes for plain gradient descent.
OWN_RATES: Mapping[Optimizer, float] = {"adam": 1e-3, "sgd": 1e-2}
DECAY = 1e-5  # the tutorial's, per update
_SCALING_IDS: Mapping[Scaling, str] = {"unit": "scaled", "standard": "standard", "none": "unscaled"}


class Settings(Frozen):
    """The settings of one case, resolved: the table itself, in the order of ids, labels and exports.

    None for a size means all the examples, for an option of a builder the model's own value, for the learning rate the
    optimizer's, for threads the device's and the framework's choice. `intra_op_threads` work within an operation,
    `inter_op_threads` run operations side by side.
    """

    # fmt: off
    model: Annotated[str, Setting(
        help="Models to train, by name (`bench list models`) or package.module:build.", in_id=slug, in_every_id=True,
        owner="network", is_function=True, tuning="apart", is_what=True,
    )]
    epochs: Annotated[PositiveInt, Setting(
        help="Epoch budget of every case.", in_id=None, column="epoch_budget", is_stated=True, owner="network",
        is_function=True, tuning="any", is_open=True, is_list=False, is_what=True,
    )]
    dataset: Annotated[str, Setting(
        help="Data sets, by name (`bench list datasets`), file.npz or IDX folder.", in_id=slug, in_every_id=True,
        heading="data", is_stated=True, is_function=True, tuning="apart", must_match=True, is_what=True,
    )] = "mnist"
    batch_size: Annotated[PositiveInt, Setting(
        help="Examples in a batch.", in_id="b{}", in_every_id=True, in_label="batch {:,}", heading="batch",
        is_stated=True, is_function=True, tuning="apart", must_match=True, is_what=True,
    )] = 32
    precision: Annotated[Precision, Setting(
        help="float32, mixed_float16, mixed_bfloat16 or float64.", in_every_id=True, is_stated=True, is_function=True,
        tuning="apart", must_match=True,
    )] = "float32"
    device: Annotated[str, Setting(
        help="auto, cpu, cpu:N (N threads), gpu, gpu:N or all.", in_id=lambda name: slug(name.replace(":", "")),
        in_every_id=True, is_stated=True, tuning="apart", must_match=True, is_open=True, is_what=True,
    )] = "cpu"
    backend: Annotated[Backend, Setting(
        help="tensorflow, jax or torch.", is_stated=True, tuning="apart", must_match=True, is_what=True,
    )] = "tensorflow"
    scaling: Annotated[Scaling, Setting(
        help="unit (pixels / 255), standard (each feature by mean and deviation) or none; default: unit for images, "
        "standard for series, none for tokens.", in_id=_SCALING_IDS.__getitem__,
        label_words={"unit": "scaled", "standard": "standardised", "none": "unscaled"}, is_stated=True,
        is_function=True, tuning="apart", must_match=True, follows_data=True,
    )] = "unit"
    train_size: Annotated[PositiveInt | None, Setting(
        help="Train on a fixed stratified subset of N examples.", in_id="n{}", in_label="{:,} example{s}",
        own="all examples", heading="training", is_stated=True, is_function=True, tuning="any", must_match=True,
        is_open=True, is_what=True,
    )] = None
    test_size: Annotated[PositiveInt | None, Setting(
        help="Validate on a fixed stratified subset of N examples.", in_id="t{}", in_label="{:,} test example{s}",
        own="all test examples", heading="validation", is_stated=True, is_function=True, tuning="any", must_match=True,
        is_open=True, is_list=False, is_what=True,
    )] = None
    validation_split: Annotated[ValidationSplit | None, Setting(
        help="Share of the examples to validate on, for a data set without a test half: 0.2.", in_id="val{}",
        in_label="validated on {:.0%}", own="the test half", is_function=True, tuning="apart", must_match=True,
        is_open=True, is_list=False, is_what=True,
    )] = None
    axes: Annotated[Axes, Setting(
        help="channels-last, or channels-first: (N, channels, rows, columns), (N, features, steps).",
        in_id="channels_first", tuning="apart", must_match=True, is_function=True,
    )] = "channels-last"
    max_length: Annotated[PositiveInt | None, Setting(
        help="Cut longer series and texts behind step N.", in_id="len{}", in_label="{:,} step{s}", own="all steps",
        is_function=True, tuning="apart", must_match=True, follows_data=True,
    )] = None
    vocabulary: Annotated[PositiveInt | None, Setting(
        help="Keep N ids of tokens; those above share the last one.", in_id="v{}", in_label="{:,} tokens",
        own="all tokens", is_function=True, tuning="apart", must_match=True, follows_data=True,
    )] = None
    jit: Annotated[Jit, Setting(
        help="auto, on or off: compilation by XLA, or by TorchInductor on PyTorch.", in_id="jit_{}", in_label="jit {}",
        tuning="varies", must_match=True, is_compiled=True,
    )] = "auto"
    unroll: Annotated[StrictBool, Setting(
        help="Unroll recurrent layers.", in_id="unroll", label_words={True: "unrolled", False: ""}, owner="builder",
        tuning="varies",
    )] = False
    units: Annotated[PositiveInt | None, Setting(
        help="Units of recurrent layers.", in_id="u{}", in_label="{} unit{s}", owner="builder",
        is_function=True,
    )] = None
    filters: Annotated[PositiveInt | None, Setting(
        help="Filters of convolutional layers.", in_id="f{}", in_label="{} filter{s}", owner="builder",
        is_function=True,
    )] = None
    depth: Annotated[PositiveInt | None, Setting(
        help="Convolutional layers of cnn-deep.", in_id="d{}", in_label="depth {}", owner="builder",
        is_function=True,
    )] = None
    steps_per_execution: Annotated[PositiveInt, Setting(
        help="Steps in one call of the compiled function.", in_id="spe{}", in_label="{} step{s} per execution",
        tuning="varies", must_match=True, is_compiled=True,
    )] = 1
    input: Annotated[Input, Setting(
        help="What fit is fed with: arrays, or pipeline (tf.data without autotuning, which waits; on TensorFlow).",
        in_id="{}", label_words={"pipeline": "input pipeline", "arrays": "from arrays"}, tuning="apart",
        must_match=True, is_open=True, planned_by=("backend", {"tensorflow": "pipeline"}),
    )] = "arrays"
    deterministic: Annotated[StrictBool, Setting(
        help="Reproducible operations: slower, so kept apart.", in_id="deterministic",
        label_words={True: "deterministic", False: ""}, must_match=True, is_list=False,
    )] = False
    training: Annotated[Training, Setting(
        help="bench (the benchmark's optimizer and loss) or own: as your build function compiled the model.",
        in_id="own_training", heading="trained by", label_words={"own": "own training", "bench": ""}, owner="network",
        is_function=True,
    )] = "bench"
    optimizer: Annotated[Optimizer, Setting(
        help="adam (as in the tutorial) or sgd.", is_stated=True, is_function=True, is_compiled=True,
    )] = "adam"
    learning_rate: Annotated[LearningRate | None, Setting(
        help="Rate of the first update; default: the optimizer's, 0.001 (adam) or 0.01 (sgd).", in_id="lr{}",
        in_label="rate {}", heading="first rate", is_stated=True, is_function=True,
        own_by=("optimizer", OWN_RATES), is_compiled=True,
    )] = None
    decay: Annotated[Decay, Setting(
        help="Share by which each update lowers the rate, rate / (1 + decay · updates); default: the tutorial's.",
        in_id="decay{}", in_label="decay {}", heading="decay per update", is_stated=True, is_function=True,
        is_compiled=True,
    )] = DECAY
    activation: Annotated[Activation | None, Setting(
        help="Activation of the shallow CNN's hidden layers: relu, tanh or sigmoid.", owner="builder",
        is_function=True,
    )] = None
    output_activation: Annotated[OutputActivation | None, Setting(
        help="Activation of the shallow CNN's output: softmax or sigmoid.", in_id="out_{}", in_label="{} output",
        owner="builder", is_function=True,
    )] = None
    intra_op_threads: Annotated[Threads | None, Setting(
        help="Threads within an operation; TensorFlow alone.", in_id="intra{}", in_label="{} intra-op thread{s}",
        tuning="varies", must_match=True,
    )] = None
    inter_op_threads: Annotated[Threads | None, Setting(
        help="Threads for operations side by side; TensorFlow alone.", in_id="inter{}",
        in_label="{} inter-op thread{s}", tuning="varies", must_match=True,
    )] = None
    validate_every: Annotated[PositiveInt | None, Setting(
        help="Validate within an epoch, too, after every N steps, outside of all training times.", in_id=None,
        own="at the ends of epochs", heading="validated every", in_label="{:,} step{s}", tuning="any", must_match=True,
        is_open=True, is_list=False,
    )] = None
    # fmt: on

    @property
    def first_rate(self) -> float:
        """The rate of the first update: the one given, or else the optimizer's own."""
        return float(self.stated("learning_rate"))

    def stated(self, name: str) -> Any:
        """Return a setting's value, with the number in the place of None where another setting decides it."""
        value = getattr(self, name)
        return self._own(TABLE[name]) if value is None else value

    def settled(self) -> Self:
        """Return these settings with None for what is the same as none given, so that one training is one case.

        Adam at 0.001 is Adam at its own rate. Planning settles every case; a record that was written before is left as
        it is, and keeps its id.
        """
        same = {
            name: None for name, setting in TABLE.items() if setting.own_by and self.stated(name) == self._own(setting)
        }
        return self.model_copy(update=same)

    def is_planned(self, name: str) -> bool:
        """Tell whether a setting has the value that planning gives it where none is asked for."""
        return bool(getattr(self, name) == plan_defaults(dict(self)).get(name, TABLE[name].default))

    def is_default(self, name: str) -> bool:
        """Tell whether a setting has the value that it has where it is not given."""
        return bool(getattr(self, name) == TABLE[name].default)

    def _own(self, setting: Setting) -> Any:
        other, values = setting.own_by or ("", {})
        return values[getattr(self, other)] if other else None


TABLE: Mapping[str, Setting] = read_table(Settings)


def plan_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what planning takes in the place of a setting's default, which older journals mean by leaving it out."""
    named = {name: setting.planned_by for name, setting in TABLE.items() if setting.planned_by}
    deciding = {name: given.get(other, TABLE[other].default) for name, (other, _) in named.items()}
    return {name: values[deciding[name]] for name, (_, values) in named.items() if deciding[name] in values}


MODEL_OPTIONS = tuple(name for name, setting in TABLE.items() if setting.owner == "builder")
# What a network's own compile decides.
OF_THE_COMPILE = tuple(name for name, setting in TABLE.items() if setting.is_compiled)
# What may differ between two cases that "differ by their model alone".
OF_THE_NETWORK = frozenset(name for name, setting in TABLE.items() if setting.owner != "run")
# What `bench tune` may change.
TUNABLE = frozenset(name for name, setting in TABLE.items() if setting.tuning == "varies")
# What may differ between two cases of one network whose speeds are compared: how it is run, what it is run with, and
# how it is fed.
OF_THE_EXECUTION = TUNABLE | {"backend", "input", "precision"}
