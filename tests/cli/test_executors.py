import textwrap

import pytest

from bench.cli.parsing.executors import choose_executors, choose_for_resume, open_executors
from bench.errors import ConfigError
from bench.install_hint import word_install
from bench.run.session.executor import LocalExecutor

pytestmark = pytest.mark.slow


@pytest.fixture
def kinds(environment):
    """Two kinds of machine that differ in their cores."""
    unlike = environment.model_copy(update={"num_cpus_usable": 64, "fingerprint": "f" * 12})
    return [LocalExecutor(environment), LocalExecutor(unlike)]


def test_this_machine_is_where_a_run_runs_unless_told_otherwise(tmp_path):
    with open_executors("local", tmp_path, allow_concurrent=True) as executors:
        assert [executor.allow_concurrent for executor in executors] == [True]


def test_hosts_of_two_kinds_are_refused_without_each_host_and_shown(kinds):
    with pytest.raises(ConfigError, match=r"hosts are of 2 kinds.*usable cores: 2 and 64.*--each-host runs every case"):
        choose_executors(kinds, each_host=False)


def test_each_host_chooses_every_kind_and_one_kind_needs_no_flag(kinds):
    assert choose_executors(kinds, each_host=True) == kinds
    assert choose_executors(kinds[:1], each_host=False) == kinds[:1]


def test_a_run_is_finished_on_the_kind_of_machine_that_it_began_on(kinds, make_run):
    record = make_run().model_copy(update={"environment": kinds[1].environment})
    assert choose_for_resume(kinds, record, each_host=False) is kinds[1]
    with pytest.raises(ConfigError, match="--each-host begins new runs"):
        choose_for_resume(kinds, record, each_host=True)


def test_a_missing_extra_is_one_line_with_the_command(bench_in, tmp_path, monkeypatch):
    (tmp_path / "distributed.py").write_text(
        textwrap.dedent(
            """
            raise ModuleNotFoundError("No module named 'distributed'", name="distributed")
            """
        )
    )
    done = bench_in(tmp_path, "run", "quick", "--executor", "dask://127.0.0.1:8786")
    assert done.returncode == 2
    monkeypatch.chdir(tmp_path)  # the command names the checkout from where it is typed
    assert done.stderr.splitlines() == [
        "error: --executor dask://127.0.0.1:8786 needs the extra dask: "
        f"`{word_install('dask')}`, here and on every host"
    ]


def test_an_unknown_executor_is_refused_with_what_is_expected(bench):
    done = bench("run", "quick", "--executor", "slurm")
    assert done.returncode == 2
    assert done.stderr == "error: --executor: expected local or dask://host:port, received 'slurm'\n"
