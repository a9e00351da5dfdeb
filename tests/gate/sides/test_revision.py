"""Revisions in temporary folders, from real git repositories; the user's own stays as it was."""

import subprocess

import pytest

from bench.errors import ConfigError
from bench.gate.sides.revision import find_repository

IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")


@pytest.fixture
def git(tmp_path, monkeypatch):
    """Return what runs git in a repository of one commit, at a path with spaces."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "a repository"
    (folder / "inner").mkdir(parents=True)

    def run(*arguments):
        command = ["git", *IDENTITY, "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    run("init", "--quiet")
    (folder / "inner" / "mine.py").write_text("old")
    (folder / "gone.py").write_text("old")
    (folder / ".gitignore").write_text("ignored*\n")
    run("add", "--all")
    run("commit", "--quiet", "-m", "first")
    run.folder = folder
    return run


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != ".git")


def test_a_commit_is_checked_out_and_taken_away_again(git, tmp_path):
    repository = find_repository(git.folder / "inner")
    revision = repository.resolve("main")
    (git.folder / "inner" / "mine.py").write_text("new")
    with repository.materialized(revision, tmp_path / "code") as inner:
        assert inner == tmp_path / "code" / "inner"
        assert (inner / "mine.py").read_text() == "old"
        assert len(git("worktree", "list").splitlines()) == 2
    assert not (tmp_path / "code").exists()
    assert len(git("worktree", "list").splitlines()) == 1
    assert (git.folder / "inner" / "mine.py").read_text() == "new"


def test_the_working_tree_comes_as_it_stands(git, tmp_path):
    folder = git.folder
    (folder / "inner" / "mine.py").write_text("new")
    (folder / "gone.py").unlink()
    (folder / "ignored.bin").write_text("large")
    (folder / "näu\nfile").write_text("new")
    (folder / "link").symlink_to("inner/mine.py")
    (folder / "results").mkdir()
    (folder / "results" / "journal").write_text("old results")
    repository = find_repository(folder)
    revision = repository.working_tree([folder / "results"])
    assert (revision.is_dirty, revision.commit) == (True, git("rev-parse", "HEAD").strip())
    with repository.materialized(revision, tmp_path / "code", [folder / "results"]) as code:
        assert names(code) == [".gitignore", "inner/mine.py", "link", "näu\nfile"]
        assert (code / "inner" / "mine.py").read_text() == "new"
        assert (code / "link").is_symlink()
    assert not (tmp_path / "code").exists()
    assert (folder / "inner" / "mine.py").read_text() == "new"


def test_results_and_ignored_files_make_no_tree_dirty(git):
    (git.folder / "ignored.bin").write_text("large")
    (git.folder / "results").mkdir()
    (git.folder / "results" / "journal").write_text("old results")
    repository = find_repository(git.folder)
    assert repository.working_tree([git.folder / "results"]).is_dirty is False
    assert repository.working_tree().is_dirty is True


def test_an_error_on_the_way_leaves_no_worktree(git, tmp_path):
    repository = find_repository(git.folder)
    with pytest.raises(RuntimeError), repository.materialized(repository.resolve("main"), tmp_path / "code"):
        raise RuntimeError
    assert len(git("worktree", "list").splitlines()) == 1
    assert not (tmp_path / "code").exists()


def test_a_hook_of_the_user_does_not_run_and_a_hooks_variables_do_not_count(git, tmp_path, monkeypatch):
    hook = git.folder / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/hooked'\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    repository = find_repository(git.folder)
    with repository.materialized(repository.resolve("main"), tmp_path / "code"):
        assert not (tmp_path / "hooked").exists()


def test_a_folder_that_a_revision_lacks_is_named(git, tmp_path):
    (git.folder / "later").mkdir()
    repository = find_repository(git.folder / "later")
    with (
        pytest.raises(ConfigError, match="main has no folder later"),
        repository.materialized(repository.resolve("main"), tmp_path / "code"),
    ):
        pass
    assert len(git("worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("ref", ["missing", "--help", "main^{tree}", "main..main", "@{u}", "a b", "\n"])
def test_what_is_no_commit_is_refused(git, ref):
    with pytest.raises(ConfigError, match="expected a branch, tag or commit"):
        find_repository(git.folder).resolve(ref)


def test_a_folder_without_a_repository_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="expected a folder of a git repository"):
        find_repository(tmp_path)
    with pytest.raises(ConfigError, match="expected a folder, received"):
        find_repository(tmp_path / "missing")


def test_a_repository_without_a_commit_has_a_working_tree(tmp_path):
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)  # noqa: S607 - the user's git
    assert find_repository(tmp_path).working_tree().commit is None


@pytest.fixture
def with_submodule(git, tmp_path):
    """Add a submodule that holds one more submodule, and move it on by one commit; return the two names' folders."""
    inner, outer = tmp_path / "innermost", tmp_path / "sub"
    allow = ("-c", "protocol.file.allow=always")
    for folder, name in ((inner, "deep.py"), (outer, "sublib.py")):
        folder.mkdir()
        run_in(folder, "init", "--quiet")
        (folder / name).write_text("old")
        run_in(folder, "add", "--all")
        run_in(folder, "commit", "--quiet", "-m", "first")
    run_in(outer, *allow, "submodule", "--quiet", "add", str(inner), "deep")
    run_in(outer, "commit", "--quiet", "-m", "second")
    git(*allow, "submodule", "--quiet", "add", str(outer), "libs/sub")
    git(*allow, "submodule", "--quiet", "update", "--init", "--recursive")
    git("commit", "--quiet", "-m", "with a submodule")
    clone = git.folder / "libs" / "sub"
    (clone / "sublib.py").write_text("new")
    run_in(clone, "commit", "--quiet", "--all", "-m", "third")
    git("commit", "--quiet", "--all", "-m", "the submodule moved")
    return clone


def run_in(folder, *arguments):
    command = ["git", *IDENTITY, "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_commits_submodules_are_filled_from_the_users_clones_and_leave_no_trace(git, with_submodule, tmp_path):
    repository = find_repository(git.folder)
    for ref, expected in (("main~1", "old"), ("main", "new")):
        with repository.materialized(repository.resolve(ref), tmp_path / "code") as code:
            assert (code / "libs" / "sub" / "sublib.py").read_text() == expected
            assert (code / "libs" / "sub" / "deep" / "deep.py").read_text() == "old"
        assert not (tmp_path / "code").exists()
    assert len(run_in(with_submodule, "worktree", "list").splitlines()) == 1
    assert git("status", "--porcelain") == ""


@pytest.mark.usefixtures("with_submodule")
def test_a_submodule_that_is_not_here_is_named_with_what_fetches_it(git, tmp_path):
    git("submodule", "--quiet", "deinit", "--force", "libs/sub")
    repository = find_repository(git.folder)
    for revision in (repository.resolve("main"), repository.working_tree()):
        with (
            pytest.raises(ConfigError, match=r"submodule libs/sub .*git submodule update --init --recursive"),
            repository.materialized(revision, tmp_path / "code"),
        ):
            pytest.fail("a revision without its submodule was given out")
        assert not (tmp_path / "code").exists()
