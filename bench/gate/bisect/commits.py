"""Commits between a good and a bad one, in the order in which git's own bisect would test them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bench.errors import ConfigError
from bench.gate.sides.revision import Repository
from bench.git import GitError, run_git


@dataclass(frozen=True)
class Range:
    """The two ends of a search, as commits."""

    good: str
    bad: str


def resolve_range(repository: Repository, text: str) -> Range:
    """Return the ends of `GOOD..BAD`; `GOOD..` ends at HEAD.

    Raises:
        ConfigError: where the text is of another form, a revision is none here, or the bad one does not contain the
            good one.
    """
    good, dots, bad = text.partition("..")
    if not good or not dots or bad.startswith("."):
        raise ConfigError(f"--bisect: expected GOOD..BAD, such as v1.2..main; received {text!r}")
    ends = [repository.resolve(ref).commit or "" for ref in (good, bad or "HEAD")]
    if ends[0] == ends[1]:
        raise ConfigError(f"--bisect: {text} is one commit, {ends[0][:10]}: there is nothing between its ends")
    try:
        run_git(repository.root, "merge-base", "--is-ancestor", *ends)
    except GitError:
        raise ConfigError(
            f"--bisect: expected a good revision that the bad one grew from; {good} is not among the ancestors of "
            f"{bad or 'HEAD'}; name their merge base"
        ) from None
    return Range(*ends)


def count_suspects(repository: Repository, bad: str, good: Collection[str]) -> int:
    """Return how many commits may be the first bad one: those that the bad one contains and no good one does."""
    return len(_rev_list(repository, "--topo-order", bad, good))


def next_commit(repository: Repository, bad: str, good: Collection[str], skipped: Collection[str]) -> str | None:
    """Return the commit whose verdict halves the suspects best, leaving out what cannot be tested.

    None where only the bad one and what was skipped are left. Merges are followed on all sides, as git's bisect does.
    """
    ordered = _rev_list(repository, "--bisect-all", bad, good)
    return next((commit for commit in ordered if commit != bad and commit not in skipped), None)


def remaining(repository: Repository, bad: str, good: Collection[str]) -> list[str]:
    """Return all commits that may be the first bad one, the newest first."""
    return _rev_list(repository, "--topo-order", bad, good)


def subject_of(repository: Repository, commit: str) -> str:
    """Return the first line of a commit's message."""
    return run_git(repository.root, "show", "--no-patch", "--format=%s", commit).strip()


def _rev_list(repository: Repository, order: str, bad: str, good: Collection[str]) -> list[str]:
    without: Sequence[str] = [f"^{commit}" for commit in good]
    lines = run_git(repository.root, "rev-list", order, bad, *without).splitlines()
    return [line.split()[0] for line in lines if line]
