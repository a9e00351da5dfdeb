"""A process of this program's own finds its package by its place, whatever stands on the path."""

import os
import subprocess

from bench.launch_module import own_command


def run(command, folder, **environ):
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True, check=True
    ).stdout.split()


def test_namesakes_in_the_current_folder_and_on_the_path_are_passed_over(tmp_path):
    for name in ("bench", "models", "reports"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('the wrong one')")
    (tmp_path / "secrets.py").write_text("raise ImportError('the wrong one')")
    (answer,) = run(own_command("bench.networks.proof.execution"), tmp_path, PYTHONPATH="") or [""]
    assert answer == ""


def test_networks_may_come_from_another_folder(tmp_path):
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "__init__.py").write_text("")
    (tmp_path / "nets" / "tiny.py").write_text(
        "import sys\nfrom bench.networks.registry import builtin_models\n"
        "NETWORKS = {'tiny': {'build': 'build', 'family': 'other', 'layout': 'image', 'summary': 'one layer',"
        " 'default_epochs': 1}}\n"
        "print(__file__, *builtin_models(), *sys.argv[1:])\n"
    )
    command = own_command("bench.models.tiny", "--models", "more", models=tmp_path / "nets")
    assert run(command, tmp_path) == [str(tmp_path / "nets" / "tiny.py"), "tiny", "--models", "more"]


def test_an_interpreter_that_ends_searches_nothing_for_cycles_whatever_its_status(tmp_path):
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "tiny.py").write_text(
        "import atexit, gc, sys\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 100))\n"
        "sys.exit(int(sys.argv[1]))\n"
    )
    for status in ("0", "3"):
        command = own_command("bench.models.tiny", status, models=tmp_path)
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (int(status), "True\n")
