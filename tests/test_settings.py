"""The one table of settings: every record is whole, and what reads the table follows a new record by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, create_model

from bench.analysis.frames import EPOCH_COLUMNS, TRIAL_COLUMNS, setting_types
from bench.cli.parsing.case_options import HOW, WHAT, declare_option
from bench.frozen_model import Frozen
from bench.networks.registry import builtin_models
from bench.plan.case import Case
from bench.plan.expand import expand_cases
from bench.plan.suite import Axes, axes_of, load_suite
from bench.setting_definition import Setting, read_table
from bench.settings import MODEL_OPTIONS, OWN_RATES, TABLE, Settings

Momentum = Annotated[float, Field(ge=0, lt=1)]


class WiderSettings(Settings):
    """The table with one record more."""

    momentum: Annotated[Momentum, Setting(help="Share of the last step that is taken again.", in_id="m{}")] = 0.0


WIDER = read_table(WiderSettings)


def _values(setting: Setting) -> st.SearchStrategy[Any]:
    if setting.choices:
        return st.sampled_from(setting.choices)
    numbers = {int: st.integers(1, 4096), float: st.floats(1e-6, 0.99), bool: st.booleans()}
    return numbers.get(setting.kind, st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True))


SETTINGS = st.fixed_dictionaries(
    {name: _values(setting) for name, setting in TABLE.items() if name in {"model", "epochs"}},
    optional={name: _values(setting) for name, setting in TABLE.items() if name not in {"model", "epochs"}},
)


@pytest.mark.parametrize("setting", TABLE.values(), ids=TABLE)
def test_every_setting_has_help_an_option_a_heading_and_a_column(setting: Setting) -> None:
    assert setting.help.endswith(".")
    assert setting.name in {*WHAT, *HOW}
    assert setting.heading
    assert setting.column in TRIAL_COLUMNS
    assert setting.column in EPOCH_COLUMNS


def test_no_two_settings_share_an_option_or_a_column() -> None:
    for names in ([one.flag for one in TABLE.values()], TRIAL_COLUMNS, EPOCH_COLUMNS):
        assert len(set(names)) == len(names)


def test_the_fields_of_a_case_are_the_table() -> None:
    assert list(Case.model_fields) == list(TABLE)
    assert set(Axes.model_fields) == set(TABLE)


def test_every_option_of_a_network_is_a_record_that_goes_to_builders() -> None:
    assert {option for spec in builtin_models().values() for option in spec.options} == set(MODEL_OPTIONS)


def test_tuning_can_never_change_what_a_network_computes() -> None:
    with pytest.raises(ValueError, match="never what it computes"):
        Setting(help="x", is_function=True, tuning="varies")


def test_a_field_without_a_record_is_refused() -> None:
    class Bare(Frozen):
        size: int = 1

    with pytest.raises(TypeError, match="size: expected Annotated"):
        read_table(Bare)


@given(SETTINGS, SETTINGS)
def test_two_cases_share_an_id_only_where_they_are_one_but_for_budget_and_validation(
    a: dict[str, Any], b: dict[str, Any]
) -> None:
    first, second = (Case(**{**settings, "epochs": 1, "validate_every": None}).settled() for settings in (a, b))
    assert (first.case_id == second.case_id) == (first == second)


@given(SETTINGS, st.sampled_from(sorted(TABLE.keys() - {"model", "epochs", "validate_every"})), st.data())
def test_each_setting_that_differs_shows_in_the_id(settings: dict[str, Any], name: str, data: st.DataObject) -> None:
    case = Case(**settings).settled()
    other = Case(**{**settings, name: data.draw(_values(TABLE[name]))}).settled()
    assert (case.case_id == other.case_id) == (getattr(case, name) == getattr(other, name))


@given(SETTINGS)
def test_a_settled_case_trains_as_before_and_is_settled(settings: dict[str, Any]) -> None:
    case = Case(**settings)
    settled = case.settled()
    assert [settled.stated(name) for name in TABLE] == [case.stated(name) for name in TABLE]
    assert settled.settled() == settled
    assert Case.model_validate_json(settled.model_dump_json()) == settled


@pytest.mark.parametrize(("optimizer", "rate"), OWN_RATES.items())
def test_an_optimizers_own_rate_is_the_same_case_as_none_given(optimizer: str, rate: float) -> None:
    suite = load_suite("quick")
    plain, stated, other = (
        expand_cases(suite, Axes(model="cnn", optimizer=optimizer, **rates), lambda _: "cpu")[0]
        for rates in ({}, {"learning_rate": rate}, {"learning_rate": rate / 2})
    )
    assert plain == stated
    assert "-lr" not in plain[0].case_id
    assert {case.first_rate for case in plain} == {rate}
    assert f"-lr{rate / 2}" in other[0].case_id


def test_an_older_record_keeps_its_null_and_its_id(make_case: Callable[..., Case]) -> None:
    assert make_case("lstm", learning_rate=None).case_id == "lstm-mnist-b32-float32-cpu"
    assert make_case("cnn", optimizer="sgd", learning_rate=0.01).case_id == "cnn-mnist-b32-float32-cpu-sgd-lr0.01"


def test_a_new_record_is_an_axis_of_suites_with_its_bounds() -> None:
    axes = create_model("WiderAxes", __base__=Frozen, **axes_of(WIDER))
    assert axes.model_validate({"momentum": 0.5, "batch_size": [32, 64]}).momentum == (0.5,)
    with pytest.raises(ValidationError, match="less than 1"):
        axes.model_validate({"momentum": [0.5, 1.5]})


def test_a_new_record_is_an_option_with_its_help() -> None:
    @click.command()
    @declare_option(WIDER["momentum"])
    def command(momentum: tuple[float, ...]) -> None:
        click.echo(momentum)

    assert "Share of the last step" in CliRunner().invoke(command, ["--help"]).output
    assert CliRunner().invoke(command, ["--momentum", "0.5,0.9"]).output == "(0.5, 0.9)\n"


def test_a_new_record_is_a_column_with_its_type() -> None:
    assert setting_types(WIDER).items() - setting_types(TABLE).items() == {("momentum", "float64")}
