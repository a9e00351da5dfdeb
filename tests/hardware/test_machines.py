from __future__ import annotations

import pytest

from bench.errors import ConfigError
from bench.hardware.machines import Machine, MeasuredRun, find_machines, match_machine, set_prices
from bench.host.ceilings.ceilings import Ceiling, Ceilings


def source(make_run, make_journal, environment, ceilings=None):
    journal = make_journal("lstm", environment=environment)
    return MeasuredRun(make_run(["lstm"], environment=environment), (journal,), ceilings or {})


@pytest.fixture
def laptop(environment):
    return environment.model_copy(update={"hostname": "laptop", "fingerprint": "aaaaaaaaaaaa"})


@pytest.fixture
def server(environment):
    return environment.model_copy(update={"hostname": "server", "fingerprint": "abbbbbbbbbbb"})


def test_hosts_of_one_fingerprint_are_one_machine(make_run, make_journal, laptop, server):
    twin = laptop.model_copy(update={"hostname": "twin"})
    machines = find_machines([source(make_run, make_journal, one) for one in (laptop, server, twin)])
    assert [machine.label for machine in machines] == ["laptop", "server"]


def test_hosts_of_one_name_are_told_apart_by_their_fingerprints(make_run, make_journal, laptop, server):
    same = server.model_copy(update={"hostname": "laptop"})
    machines = find_machines([source(make_run, make_journal, one) for one in (laptop, same)])
    assert [machine.label for machine in machines] == ["laptop aaaaaa", "laptop abbbbb"]


def test_a_trial_of_another_host_counts_for_that_host(make_run, make_journal, laptop, server):
    sent = MeasuredRun(make_run(["lstm"], environment=laptop), (make_journal("lstm", environment=server),), {})
    assert [machine.label for machine in find_machines([sent])] == ["server"]


def test_a_run_without_a_journal_is_of_the_machine_of_its_record(make_run, laptop):
    assert [
        machine.label for machine in find_machines([MeasuredRun(make_run(["lstm"], environment=laptop), (), {})])
    ] == ["laptop"]


def test_ceilings_of_several_runs_of_one_machine_are_joined(make_run, make_journal, laptop):
    def ceilings(device, flops):
        one = Ceiling(
            device=device, gemm_flops_per_s=flops, lstm_gemm_flops_per_s=1.0, bandwidth_bytes_per_s=1.0, tf32=False
        )
        return {"aaaaaaaaaaaa": Ceilings(tensorflow="2.21.0", devices=(one,))}

    brought = [ceilings("cpu:1", 1e9), ceilings("cpu:1", 2e9), ceilings("gpu", 3e9)]
    (machine,) = find_machines([source(make_run, make_journal, laptop, each) for each in brought])
    assert machine.ceilings.find("cpu:1").gemm_flops_per_s == 1e9
    assert machine.ceilings.find("gpu").gemm_flops_per_s == 3e9


@pytest.mark.parametrize("name", ["laptop", "aaaaaaaaaaaa", "aa"])
def test_a_machine_goes_by_its_name_and_its_fingerprint(laptop, server, name):
    machines = [Machine("laptop", laptop, None), Machine("server", server, None)]
    assert match_machine(name, machines, "--price") is machines[0]


@pytest.mark.parametrize("name", ["lapto", "a", ""])
def test_a_name_that_means_no_machine_or_several_is_an_error_with_the_known_ones(laptop, server, name):
    machines = [Machine("laptop", laptop, None), Machine("server", server, None)]
    with pytest.raises(ConfigError, match=r"--price: expected one of laptop \(aaaaaaaaaaaa\), server"):
        match_machine(name, machines, "--price")


def test_prices_go_to_their_machines_and_the_others_have_none(laptop, server):
    machines = set_prices([Machine("laptop", laptop, None), Machine("server", server, None)], ["server=0.53"])
    assert [machine.usd_per_hour for machine in machines] == [None, 0.53]


@pytest.mark.parametrize("text", ["server", "server=", "server=cheap", "server=-1", "server=nan", "server=inf"])
def test_a_price_that_is_no_price_is_refused(server, text):
    with pytest.raises(ConfigError, match="--price: expected"):
        set_prices([Machine("server", server, None)], [text])
