"""The script of docs/fit-waits.md runs as it stands there, with nothing of this program."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "fit-waits.md"


# One process that imports TensorFlow once, and gives the script each kind as its command line would.
KINDS = ("arrays", "pipeline")
BOTH = f"""
import runpy, sys
for kind in {KINDS}:
    sys.argv = ["waits.py", kind, "64", "2"]
    runpy.run_path("waits.py", run_name="__main__")
"""


@pytest.mark.training
def test_the_script_of_the_page_runs_as_it_stands(tmp_path):
    (script,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert not re.search(r"\bbench\b", script)
    (tmp_path / "waits.py").write_text(script)
    done = subprocess.run([sys.executable, "-c", BOTH], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seconds = [rf"(\d+\.\d\d ){{2}}s before the first steps of {kind}; fit took \d+\.\d s\n" for kind in KINDS]
    assert re.fullmatch("".join(seconds), done.stdout)
