"""The search for the first bad commit, in real git repositories; only the checks are made up."""

import json
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from bench.analysis.statistics.interval import Interval, mean_interval
from bench.errors import ConfigError
from bench.gate.bisect.bisect_record import BISECT_FILE, create_bisect, load_bisect
from bench.gate.bisect.commits import next_commit, resolve_range
from bench.gate.bisect.search import Search, is_told_apart
from bench.gate.judgement.findings import (
    CaseMeasure,
    CasePairs,
    GateReason,
    GateResult,
    MeasureVerdict,
    Tolerances,
    TrialProblem,
)
from bench.gate.sides.revision import find_repository
from bench.reports.gate.bisect import bisect_json, bisect_table, render_bisect_markdown, word_bisect
from tests.draws import draws

IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")


class History:
    """A repository of commits by name, and what a check of each says."""

    def __init__(self, folder):
        self.folder = folder
        self.commits, self.tested, self.told = {}, [], []
        self.git("init", "--quiet", "--template=")

    def git(self, *arguments):
        command = ["git", *IDENTITY, "-C", str(self.folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, name):
        self.git("commit", "--quiet", "--allow-empty", "-m", name)
        self.commits[name] = self.git("rev-parse", "HEAD")

    def merge(self, branch, name):
        self.git("merge", "--quiet", "--no-ff", "-m", name, branch)
        self.commits[name] = self.git("rev-parse", "HEAD")

    def begin(self, ends):
        """Return a search's folder and record."""
        found = resolve_range(self.repository, ends)
        return create_bisect(self.folder / "results", found.good, found.bad, "as ever")

    @property
    def repository(self):
        return find_repository(self.folder)

    def search(self, ends, bad, skipped=(), **others):
        """Search with made-up checks: commits in `bad` are slower, those in `skipped` do not train."""
        return self.go_on(*self.begin(ends), bad, skipped, **others)

    def go_on(self, folder, record, bad, skipped=(), results=None, has_time=lambda: True):
        self.told.clear()
        names = {commit: name for name, commit in self.commits.items()}

        def check(commit):
            name = names[commit]
            self.tested.append(name)
            if name in (results or {}):
                return f"check-{name}", (results or {})[name]()
            return f"check-{name}", FAILED if name in skipped else SLOWER if name in bad else EQUAL

        def judge_again(check_id):
            assert check_id == f"check-{names[record.bad]}"
            return SLOWER

        return Search(self.repository, folder, record, check, judge_again, self.told.append, has_time).run()


def finding(outcome, measure="throughput", half=0.01, **changes):
    value = 0.03 if outcome == "regression" else 0.0
    worse = Interval(value, value - half, value + half, 16, "sign-flip")
    return MeasureVerdict(
        key=CaseMeasure("cnn-mnist", measure), label="cnn", stage="screen", base=1.0, head=1.0, num_base=16,
        num_head=16, worse=worse, p_value=0.004, visible=None, outcome=outcome, **changes,
    )  # fmt: skip


SLOWER = GateResult((finding("regression"), finding("ok", "peak_rss_bytes")), (), Tolerances())
EQUAL = GateResult((finding("ok"), finding("ok", "peak_rss_bytes")), (), Tolerances())
UNSURE = replace(EQUAL, findings=(finding("ok", half=0.03), finding("ok", "peak_rss_bytes")))
LARGER = GateResult((finding("ok"), finding("regression", "peak_rss_bytes")), (), Tolerances())
OPEN = replace(EQUAL, findings=(finding("inconclusive", reason=GateReason.NOT_SURE, data={"has": 24}),))
FAILED = replace(EQUAL, problems=(TrialProblem("head", "cnn-s0", "failed", "no such layer"),))
KILLED = replace(EQUAL, problems=(TrialProblem("base", "cnn-s0", "killed", "no end line"),))
ALONE = replace(EQUAL, findings=EQUAL.findings[1:], pairs=(CasePairs("cnn-mnist", 12, 0),))
SHORT = replace(EQUAL, findings=(finding("inconclusive", reason=GateReason.TOO_FEW, data={"needs": 5, "has": 2}),))


@pytest.fixture(scope="module", autouse=True)
def _no_other_repository():
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
            monkeypatch.delenv(name, raising=False)
        yield


@pytest.fixture
def history(tmp_path):
    return History(tmp_path)


@pytest.fixture(scope="module")
def ten_commits(tmp_path_factory):
    """A history of ten commits in a row, c0 to c9; each test has a copy."""
    made = History(tmp_path_factory.mktemp("commits"))
    for number in range(10):
        made.commit(f"c{number}")
    return made


@pytest.fixture
def line(ten_commits, tmp_path):
    copied = History(shutil.copytree(ten_commits.folder, tmp_path / "line"))
    copied.commits.update(ten_commits.commits)
    return copied


@pytest.mark.parametrize("first", range(1, 10))
def test_the_first_bad_commit_of_a_row_is_found_in_a_few_checks(line, first):
    found = line.search(f"{line.commits['c0']}..main", {f"c{number}" for number in range(first, 10)})
    assert found.culprit.subject == f"c{first}"
    assert found.suspects == (line.commits[f"c{first}"],)
    assert line.tested[0] == "c9"
    assert len(line.tested) <= 5


def test_the_commits_come_in_the_order_of_gits_own_bisect(line):
    """Of c1 to c8 one commit alone halves them."""
    line.git("bisect", "start", line.commits["c8"], line.commits["c0"])
    its_own = line.git("rev-parse", "HEAD")
    line.git("bisect", "reset")
    assert next_commit(line.repository, line.commits["c8"], [line.commits["c0"]], []) == its_own


def test_a_branch_that_was_merged_is_searched_like_the_line_it_was_merged_into(history):
    for name in ("root", "a"):
        history.commit(name)
    history.git("checkout", "--quiet", "-b", "side")
    for name in ("side1", "side2", "side3"):
        history.commit(name)
    history.git("checkout", "--quiet", "main")
    history.commit("b")
    history.merge("side", "merged")
    history.commit("c")
    ends = f"{history.commits['root']}..main"
    assert history.search(ends, {"side2", "side3", "merged", "c"}).culprit.subject == "side2"
    assert history.search(ends, {"merged", "c"}).culprit.subject == "merged"


def test_a_commit_that_does_not_train_is_skipped_and_another_is_tested_for_it(line):
    found = line.search(f"{line.commits['c0']}..main", {"c7", "c8", "c9"}, skipped={"c4", "c5"})
    assert found.culprit.subject == "c7"
    (why,) = {step.why for step in found.record.steps if step.outcome == "skipped"}
    assert why == "head: cnn-s0 ended failed"


def test_where_all_that_is_left_cannot_be_tested_each_of_them_may_be_the_first(line):
    found = line.search(f"{line.commits['c0']}..main", {"c7", "c8", "c9"}, skipped={"c5", "c6"})
    assert found.culprit is None
    assert set(found.suspects) == {line.commits[name] for name in ("c5", "c6", "c7")}
    assert "is one of 3, some of which could not be tested" in word_bisect(found)


def test_a_commit_without_its_module_is_skipped_and_a_bad_end_without_it_is_refused(line):
    def refuse():
        raise ConfigError("head: expected module 'mine' in the revision, found none")

    half = dict.fromkeys(("c4", "c5"), refuse)  # one of which is the first to be tested after the bad end
    found = line.search(f"{line.commits['c0']}..main", {"c7", "c8", "c9"}, results=half)
    skipped = {(step.subject, step.check_id, step.why) for step in found.record.steps if step.outcome == "skipped"}
    assert skipped
    assert skipped <= {(name, None, "head: expected module 'mine' in the revision, found none") for name in half}
    assert found.culprit.subject == "c7"
    with pytest.raises(ConfigError, match="expected module"):
        line.search(f"{line.commits['c0']}..main", (), results={"c9": refuse})


def test_what_is_worse_in_another_measure_is_not_what_is_searched(line):
    larger = dict.fromkeys(("c3", "c4", "c5"), lambda: LARGER)
    found = line.search(f"{line.commits['c0']}..main", {"c8", "c9"}, results=larger)
    assert found.culprit.subject == "c8"


def test_an_inconclusive_commit_is_skipped_and_an_inconclusive_bad_end_leaves_nothing_to_search(line):
    found = line.search(
        f"{line.commits['c0']}..main", {"c7", "c8", "c9"}, results=dict.fromkeys(("c4", "c5"), lambda: OPEN)
    )
    assert found.culprit.subject == "c7"
    assert "its check is inconclusive" in {step.why for step in found.record.steps}
    for result in (OPEN, EQUAL, FAILED):
        line.tested.clear()
        nothing = line.search(f"{line.commits['c0']}..main", (), results={"c9": lambda result=result: result})
        assert (nothing.suspects, nothing.culprit, line.tested) == ((), None, ["c9"])
        assert "nothing to search" in word_bisect(nothing)


def test_a_commit_that_is_not_flagged_and_may_be_as_bad_as_the_bad_end_is_not_good(line):
    """c5 and c6 are as slow as c9, which their few pairs did not find: the first bad commit is not c7."""
    unsure = dict.fromkeys(("c5", "c6"), lambda: UNSURE)
    folder, record = line.begin(f"{line.commits['c0']}..main")
    found = line.go_on(folder, record, {"c7", "c8", "c9"}, results=unsure)
    assert set(found.suspects) == {line.commits[name] for name in ("c5", "c6", "c7")}
    (why,) = {step.why for step in found.record.steps if step.outcome == "skipped"}
    assert why == "not told apart from the bad end in throughput"
    assert line.go_on(folder, load_bisect(folder), {"c7", "c8", "c9"}, results=unsure) == found


@pytest.mark.parametrize(("deviation", "skipped"), [(0.015, 0.0), (0.04, 0.16)])
def test_an_unchanged_commit_is_seldom_skipped_and_one_as_bad_as_the_bad_end_never_good(deviation, skipped):
    """Of a bad end that is 5 % slower, by 12 pairs of each; such a commit must also come out within 1 % to be good."""
    generator = np.random.default_rng(5)

    def draw(slowdown):
        return replace(finding("ok"), worse=mean_interval(generator.normal(slowdown, deviation, size=12)))

    def judge(slowdown):
        """Return what each unflagged commit of so many is: told apart from a bad end, or not."""
        drawn = [(draw(slowdown), draw(0.05)) for _ in range(draws(500))]
        return [is_told_apart(one, bad) for one, bad in drawn if one.worse.value <= 0.01]

    assert 1 - np.mean(judge(0.0)) <= skipped
    assert sum(judge(0.05)) == 0


def test_a_search_that_was_cut_short_goes_on_with_what_it_knows(line):
    ends, bad = f"{line.commits['c0']}..main", {"c6", "c7", "c8", "c9"}
    whole = line.search(ends, bad)
    order = list(line.tested)
    line.tested.clear()
    folder, record = line.begin(ends)

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        line.go_on(folder, record, bad, results={order[2]: interrupt})
    resumed = line.go_on(folder, load_bisect(folder), bad)
    assert line.tested == [*order[:3], *order[2:]]
    assert resumed.record.steps == whole.record.steps
    assert (folder / BISECT_FILE).is_file()


def refuse():
    raise ConfigError("git worktree: No space left on device")


@pytest.mark.parametrize("fault", [refuse, lambda: KILLED, lambda: SHORT, lambda: FAILED, lambda: ALONE])
def test_what_something_passing_kept_from_a_verdict_is_tried_again_by_resume(line, fault):
    bad = {"c6", "c7", "c8", "c9"}
    folder, record = line.begin(f"{line.commits['c0']}..main")
    nothing = line.go_on(folder, record, bad, results={f"c{number}": fault for number in range(1, 9)})
    assert len(nothing.suspects) == 9
    assert word_bisect(nothing).endswith("; --resume tries 8 of them again")
    line.tested.clear()
    assert line.go_on(folder, load_bisect(folder), bad).culprit.subject == "c6"
    assert "c9" not in line.tested
    assert "no verdict so far, tried again" in line.told[0]
    assert {step.outcome for step in load_bisect(folder).steps} == {"good", "bad"}


def test_a_bad_end_that_something_passing_kept_from_a_verdict_is_tried_again_by_resume(line):
    folder, record = line.begin(f"{line.commits['c0']}..main")
    nothing = line.go_on(folder, record, {"c9"}, results={"c9": lambda: KILLED})
    assert word_bisect(nothing).endswith("(base: cnn-s0 ended killed): nothing to search; --resume tries it again")
    assert line.go_on(folder, load_bisect(folder), {"c8", "c9"}).culprit.subject == "c8"


def test_a_search_whose_time_is_over_begins_no_commit_and_goes_on_with_those_that_are_left(line):
    bad = {"c6", "c7", "c8", "c9"}
    folder, record = line.begin(f"{line.commits['c0']}..main")
    cut = line.go_on(folder, record, bad, has_time=lambda: len(line.tested) < 2)
    assert (len(line.tested), len(cut.record.steps), cut.culprit) == (2, 2, None)
    assert len(cut.suspects) > 1
    assert word_bisect(cut).startswith(f"the first bad commit is one of {len(cut.suspects)}, not all of which")
    assert word_bisect(cut).endswith("; --resume goes on")
    assert bisect_json(cut, {})["is_out_of_time"]
    whole = line.go_on(folder, load_bisect(folder), bad)
    assert (whole.culprit.subject, whole.is_out_of_time) == ("c6", False)
    assert len(line.tested) == len(set(line.tested))


@pytest.mark.parametrize("outcome", [lambda: OPEN, lambda: EQUAL])
def test_a_bad_end_whose_check_may_have_been_cut_short_is_tried_again_by_resume(line, outcome):
    folder, record = line.begin(f"{line.commits['c0']}..main")
    cut = line.go_on(folder, record, (), results={"c9": outcome}, has_time=lambda: False)
    assert word_bisect(cut).endswith("nothing to search; --resume tries it again")
    assert line.go_on(folder, load_bisect(folder), {"c8", "c9"}).culprit.subject == "c8"


def test_a_commit_whose_check_may_have_been_cut_short_is_tried_again_by_resume(line):
    folder, record = line.begin(f"{line.commits['c0']}..main")
    half = dict.fromkeys(("c4", "c5"), lambda: OPEN)
    line.go_on(folder, record, {"c9"}, results=half, has_time=lambda: len(line.tested) < 2)
    assert [step.may_pass for step in load_bisect(folder).steps] == [False, True]


@pytest.mark.parametrize("outcome", [OPEN, replace(ALONE, pairs=(CasePairs("cnn-mnist", 12, 12),))])
def test_what_a_whole_check_left_open_is_not_measured_again_until_it_decides(line, outcome):
    open_ = {f"c{number}": lambda: outcome for number in range(1, 9)}
    folder, record = line.begin(f"{line.commits['c0']}..main")
    found = line.go_on(folder, record, {"c9"}, results=open_)
    line.tested.clear()
    assert line.go_on(folder, load_bisect(folder), {"c9"}) == found
    assert line.tested == []


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ("main", "expected GOOD..BAD"),
        ("..main", "expected GOOD..BAD"),
        ("main...other", "expected GOOD..BAD"),
        ("main..main", "is one commit"),
        ("other..main", "is not among the ancestors of main"),
        ("nowhere..main", "expected a branch, tag or commit"),
    ],
)
def test_ends_between_which_nothing_can_be_searched_are_refused(line, ends, words):
    line.git("checkout", "--quiet", "-b", "other", line.commits["c3"])
    line.commit("elsewhere")
    with pytest.raises(ConfigError, match=words):
        resolve_range(line.repository, ends)


def test_the_report_names_each_commit_with_how_sure_its_verdict_is(line):
    found = line.search(f"{line.commits['c0']}..main", {"c7", "c8", "c9"}, skipped={"c4", "c5"})
    results = {step.commit: SLOWER if step.outcome == "bad" else EQUAL for step in found.record.steps}
    table = bisect_table(found, results)
    rows = {row[1]: row for row in table.rows}
    assert rows["c7"][2:] == ("bad", "cnn: examples/s, steady", "+3.0 % (+2.0 % … +4.0 %)", "0.004", "16")
    assert "skipped: head: cnn-s0 ended failed" in {row[2] for row in table.rows}
    assert render_bisect_markdown(found, results).startswith(f"## the first bad commit is {found.culprit.commit[:10]}")
    told = json.loads(json.dumps(bisect_json(found, results), allow_nan=False))
    assert (told["first_bad"], told["suspects"]) == (found.culprit.commit, [found.culprit.commit])
    (slow,) = next(step["findings"] for step in told["steps"] if step["subject"] == "c7")
    assert (slow["key"]["measure"], slow["p_value"], slow["num_head"]) == ("throughput", 0.004, 16)
    assert slow["worse"]["low"] == pytest.approx(0.02)
    unchecked = bisect_json(found, {})
    assert {len(step["findings"]) for step in unchecked["steps"]} == {0}
