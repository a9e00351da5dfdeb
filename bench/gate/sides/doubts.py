"""What a check warns of before it measures: that it compares nothing, or what the revisions lack of the folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.gate.check_folder import SideName
from bench.gate.sides.revision import Repository, Revision
from bench.networks.plugin import resolve_spec

_MAX_SHOWN = 5


def find_doubts(
    repository: Repository, revisions: Mapping[SideName, Revision], models: Sequence[str], include: Sequence[Path]
) -> Iterator[str]:
    """Yield a sentence for each doubt.

    Args:
        repository: the user's.
        revisions: both sides; the head alone beside a stored run.
        models: the texts of `--model`.
        include: what comes along though git ignores it.

    Raises:
        ConfigError: something of `include` is not in the repository.
    """
    base, head = revisions.get("base"), revisions["head"]
    # A calibration has one revision twice, and means it.
    if base and base is not head and base.commit == head.commit and not head.is_dirty:
        yield (
            f"warning: base ({base.name}) and head ({head.name}) are the same commit {str(head.commit)[:10]}, without "
            "a change: nothing can differ; name an earlier revision with --base"
        )
    included = [repository.find_inside(path) for path in include]
    builders = [resolve_spec(name).build for name in models]
    tops = dict.fromkeys(build.module.partition(".")[0] for build in builders if not build.is_built_in)
    ignored = (name for top in tops for name in repository.list_ignored(top))
    left_out = [str(name) for name in ignored if not any(name.is_relative_to(path) for path in included)]
    if left_out:
        more = f" and {len(left_out) - _MAX_SHOWN} more" if len(left_out) > _MAX_SHOWN else ""
        yield (
            f"note: ignored by git, so part of neither side: {', '.join(left_out[:_MAX_SHOWN])}{more}; what the "
            "network needs of it comes along with --with FILE"
        )
