"""`bench report` in this process, with a browser that only takes notes."""

import webbrowser
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.cli.report_verb import command
from bench.plan.case import Case


@pytest.fixture
def run_folder(tmp_path, make_run, write_run):
    """A run that has not begun: a record, and no journal."""
    record = make_run([Case(model="lstm", epochs=3)])
    return write_run(tmp_path / record.run_id, record)


@pytest.mark.parametrize("has_browser", [True, False])
def test_open_shows_the_page_and_prints_its_path(monkeypatch, run_folder, has_browser):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or has_browser)
    done = CliRunner().invoke(command, ["latest", "--open", "--output", str(run_folder.parent)])
    assert done.exit_code == 0, done.output
    page = Path(done.stdout.strip())
    assert page == run_folder / "index.html"
    assert opened == [page.as_uri()]
    assert ("no browser could be opened" in done.stderr) is not has_browser


def test_without_open_no_browser_is_asked_and_the_reports_path_is_printed(monkeypatch, run_folder):
    monkeypatch.setattr(webbrowser, "open", pytest.fail)
    done = CliRunner().invoke(command, [str(run_folder)])
    assert done.stdout == f"{run_folder / 'report.md'}\n"
    assert (run_folder / "index.html").is_file()
