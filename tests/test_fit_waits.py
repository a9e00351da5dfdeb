"""The script of docs/fit-waits.md runs as it stands there, with nothing of this program."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "fit-waits.md"


@pytest.mark.training
@pytest.mark.parametrize("kind", ["arrays", "pipeline"])
def test_the_script_of_the_page_runs_as_it_stands(tmp_path, kind):
    (script,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert not re.search(r"\bbench\b", script)
    (tmp_path / "waits.py").write_text(script)
    command = [sys.executable, "waits.py", kind, "640", "2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seconds = rf"(\d+\.\d\d ){{2}}s before the first steps of {kind}; fit took \d+\.\d s\n"
    assert re.fullmatch(seconds, done.stdout)
