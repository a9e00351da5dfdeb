import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_tutorial_is_under_sixty_lines():
    assert len((ROOT / "models" / "tutorial.py").read_text().splitlines()) < 60


@pytest.mark.training
def test_the_tutorial_trains_as_told_and_ends_with_the_command_that_checks_it(tmp_path):
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bench.models.tutorial", "128"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "loaded 128 + 128 images" in done.stdout
    accuracies = [float(line.split()[2]) for line in done.stdout.splitlines() if line.endswith("are recognized")]
    assert len(accuracies) == 3
    # So few examples and no fixed seed: what it learns is not certain, that it is an accuracy is.
    assert all(0 < accuracy < 1 for accuracy in accuracies)
    assert done.stdout.splitlines()[-1].strip() == "python -m bench run tutorial"
    assert list(tmp_path.iterdir()) == []
