"""A run folder made by a stranger, with hostile text in every field that holds text: inert wherever it is shown."""

import csv
import functools
import json
import re
import subprocess
import unicodedata
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from bench.analysis.frames import FRAMES
from bench.store.records import TrialError
from tests.without_figures import draw_no_figures

pytestmark = pytest.mark.slow

NASTY = (
    "|<script>alert(1)</script>\n# h\r$x$ \x1b[31mred\x1b]0;t\x07 \u202eevil\u200b [a](javascript:b) `c` http://x.y "
    "![i](//z) <img src=x onerror=y>"
)
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.fixture
def strange_run(tmp_path, make_run, make_journal, make_case, environment, write_run):
    """Return a run folder on which every free text is hostile, and the hostile text itself."""
    cases = [make_case(f"{text}{NASTY}"[:180], dataset=f"{text}{NASTY}"[:180]) for text in FORMULAS]
    strange = environment.model_copy(
        update={
            **dict.fromkeys(
                ("hostname", "os", "distribution", "kernel", "virtualization", "machine", "cpu_model"), NASTY
            ),
            **dict.fromkeys(("python", "cpu_governor", "git_commit", "boot_id", "fingerprint"), NASTY),
            "libraries": {"tensorflow": NASTY, NASTY: NASTY},
            "variables": {NASTY: NASTY, "TF_X": NASTY},
            "keras_config": {NASTY: NASTY},
            "notes": (NASTY,),
            "git_dirty": True,
        }
    )
    record = make_run(cases)
    suite = record.suite.model_copy(update={"name": NASTY, "description": NASTY})
    record = record.model_copy(
        update={"suite": suite, "environment": strange, "version": NASTY, "command": ("bench", NASTY, "; rm -rf /")}
    )
    journals = []
    for number, trial in enumerate(record.suite.trials):
        data = make_journal(trial.case).start.data.model_copy(update={"source": NASTY, "sha256": NASTY})
        error = TrialError(type=NASTY, message=NASTY, output_tail=f"```\n{NASTY}\n~~~")
        journal = make_journal(
            trial.case,
            data=data,
            status="failed" if number % 2 else "ok",
            error=error if number % 2 else None,
            environment=strange,
            argv=(NASTY,),
            index=trial.index,
            resolved={
                "device_name": NASTY,
                "optimizer": NASTY,
                "backend_version": NASTY,
                "keras_config": {NASTY: NASTY},
            },
        )
        journals.append(journal)
    folder = write_run(tmp_path / "results" / record.run_id, record, journals)
    broken = folder / "trials" / f"{record.suite.trials[-1].trial_id}.jsonl"
    broken.write_bytes(b'{"\\u001b[31m<script>|": 1}\n')
    return folder


def assert_plain(text):
    """No control sequence, nothing that turns the reading order, nothing invisible."""
    assert not CONTROL.search(text), repr(CONTROL.search(text))
    hidden = {char for char in text if unicodedata.category(char) in ("Cf", "Cs", "Co")}
    assert not hidden, hidden


@pytest.fixture
def call(call_bench_in, tmp_path):
    """Return what calls the program in the folder of `results/`, in this process."""
    return functools.partial(call_bench_in, tmp_path, COLUMNS="200")


def finish(process):
    stdout, stderr = process.communicate(timeout=120)
    return subprocess.CompletedProcess((), process.returncode, stdout, stderr)


def test_the_report_the_list_and_the_export_of_a_strangers_run_are_inert(strange_run, cli, call, tmp_path):
    """The report in a process of its own, as a user would: nothing is executed, fetched, or written anywhere else."""
    elsewhere = sorted(path for path in tmp_path.rglob("*") if strange_run not in (path, *path.parents))
    for done in (finish(cli("report", "latest")), call("list", "runs"), call("export", "latest", "--to", "tables")):
        assert done.returncode == 0, done.stderr
        assert_plain(done.stdout)
        assert_plain(done.stderr)
    assert_inert_markdown((strange_run / "report.md").read_text())
    assert_inert_html((strange_run / "index.html").read_text())
    for name in FRAMES:
        with (tmp_path / "tables" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert len(rows) > len(FORMULAS) / 2
        for cell in (cell for row in rows for cell in row):
            assert_plain(cell)
            assert not re.match(r"\s*[=@]|\s*[-+](?![0-9.]+$)", cell), cell
    known = {tmp_path / "tables", *(tmp_path / "tables" / f"{name}.csv" for name in FRAMES)}
    now = {path for path in tmp_path.rglob("*") if strange_run not in (path, *path.parents)}
    assert now - known - set(elsewhere) <= {tmp_path / ".cache"}
    assert all(re.fullmatch(r"[a-z0-9._-]+\.png", path.name) for path in (strange_run / "figures").iterdir())


def assert_inert_markdown(text):
    """Read the report as a Markdown reader does: only its own pictures, its own folds, and no link at all."""
    assert_plain(text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    images = {token.attrs["src"] for token in inline if token.type == "image"}
    assert all(re.fullmatch(r"figures/[a-z0-9._-]+\.png", source) for source in images), images
    assert [token.attrs for token in inline if token.type == "link_open"] == []
    html = " ".join(token.content for token in (*tokens, *inline) if token.type in ("html_block", "html_inline"))
    assert set(re.findall(r"</?([a-zA-Z!][\w-]*)", html)) <= {"details", "summary"}


class Elements(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self):
        super().__init__()
        self.scripts, self.attributes, self._open = [], [], None

    def handle_starttag(self, tag, attrs):
        self._open = tag
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        if self._open == "script":
            self.scripts.append(data)

    def handle_endtag(self, tag):  # noqa: ARG002
        self._open = None


def assert_inert_html(text):
    """Read the page as a browser does: no handler, no address but its own, and no script that holds a foreign one."""
    elements = Elements()
    elements.feed(text)
    assert [name for _, name, _ in elements.attributes if name.startswith("on")] == []
    addresses = {value for _, name, value in elements.attributes if name in ("src", "href", "action", "data")}
    assert {value[:30] for value in addresses if not value.startswith(("#", "data:image/", "figures/"))} == set()
    assert not any("<script" in script or "</script" in script for script in elements.scripts)
    assert not CONTROL.search(text)


def test_a_site_and_a_verdict_on_a_strangers_run_are_inert(strange_run, call, tmp_path, monkeypatch):
    """Every page of the site is read as a browser reads it; the run's flaws are told, with its names in them.

    Its figures are those of the report.
    """
    draw_no_figures(monkeypatch.setattr)
    done = call("validate", "latest")
    assert (done.returncode, done.stderr) == (1, "")
    assert_plain(done.stdout)
    assert "the suite in the run's id is tutorial, and its record says |<script>" in done.stdout
    done = call("site", "results")
    assert done.returncode == 0, done.stderr
    pages = {path.relative_to(tmp_path / "site").as_posix(): path for path in (tmp_path / "site").rglob("*.html")}
    assert pages.keys() == {"index.html", f"runs/{strange_run.name}/index.html"}
    for name, path in pages.items():
        assert_inert_html(
            path.read_text()
            .replace(f'href="runs/{strange_run.name}/index.html"', "")
            .replace('<a href="index.html">', "<a>")
        )
        assert ("<script>" in path.read_text()) == name.startswith("runs/")
    assert {path.suffix for path in (tmp_path / "site").rglob("*.*")} == {".html", ".json"}


def test_a_strangers_error_cannot_steer_the_terminal(strange_run, call):
    record = json.loads((strange_run / "run.json").read_text())
    record[NASTY] = NASTY
    (strange_run / "run.json").write_text(json.dumps(record))
    done = call("report", str(strange_run))
    assert (done.returncode, done.stdout) == (2, "")
    assert_plain(done.stderr)
    assert "unknown key" in done.stderr


def test_figures_are_never_written_through_a_link(strange_run, call, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "throughput.png").write_text("mine")
    (strange_run / "figures").symlink_to(tmp_path / "precious")
    done = call("report", "latest")
    assert done.returncode == 2
    assert "expected a folder, received a link" in done.stderr
    assert [(path.name, path.read_text()) for path in (tmp_path / "precious").iterdir()] == [("throughput.png", "mine")]
