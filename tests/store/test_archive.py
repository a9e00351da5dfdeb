"""Archives made by us come back as they were; archives made to hurt are refused and write nothing outside."""

from __future__ import annotations

import contextlib
import gzip
import io
import random
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import StoreError
from bench.store.archive import unpack_archive, write_archive
from bench.store.ceilings_file import CEILINGS_FILE, read_ceilings, write_ceilings
from bench.store.run_folder import load_run

RUN = "20261122T081500Z-hardware-3f2a"
OTHER = "20261122T091500Z-hardware-0001"


@pytest.fixture
def runs(make_source, tmp_path, write_run):
    """Two runs with a report that no archive needs; the first has ceilings."""
    rates = {("lstm", "cpu:1", 32): 100.0, ("cnn", "cpu:1", 32): 200.0}
    folders = []
    for run_id, gflops in ((RUN, {"cpu:1": 10.0}), (OTHER, None)):
        source = make_source(rates, run_id=run_id, gflops=gflops)
        folders.append(write_run(tmp_path / run_id, source.record, source.journals))
        (folders[-1] / "report.md").write_text("a report")
        for fingerprint, ceilings in source.ceilings.items():
            write_ceilings(folders[-1], fingerprint, ceilings)
    return folders


def pack(path, *members):
    """Write an archive of (name, content) pairs or of whole TarInfo objects."""
    with tarfile.open(path, "w:gz") as tar:
        for member, content in members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            info.size = len(content) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(content))
    return path


def link(kind, target):
    info = tarfile.TarInfo(f"{RUN}/run.json")
    info.type, info.linkname = kind, target
    return info


def special(kind):
    info = tarfile.TarInfo(f"{RUN}/trials/a.jsonl")
    info.type = kind
    return info


def list_files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_runs_come_back_as_they_were_without_their_reports(runs, tmp_path):
    archive, into = tmp_path / "runs.tar.gz", tmp_path / "into"
    into.mkdir()
    write_archive(archive, runs)
    folders = unpack_archive(archive, into)
    assert [folder.name for folder in folders] == [RUN, OTHER]
    for before, after in zip(runs, folders, strict=True):
        assert load_run(after).record == load_run(before).record
        assert load_run(after).journals == load_run(before).journals
        assert read_ceilings(after) == read_ceilings(before)
    assert not list(into.rglob("report.md"))
    assert [path for path in list_files(into) if CEILINGS_FILE in path] == [f"{RUN}/{CEILINGS_FILE}"]


def test_the_same_runs_give_the_same_bytes(runs, tmp_path):
    for name in ("one.tar.gz", "two.tar.gz"):
        write_archive(tmp_path / name, runs)
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


def test_a_run_may_stand_once(runs, tmp_path):
    with pytest.raises(StoreError, match="each run may be given only once"):
        write_archive(tmp_path / "runs.tar.gz", [runs[0], runs[0]])
    assert not (tmp_path / "runs.tar.gz").exists()


def test_an_archive_that_cannot_be_written_leaves_nothing_behind(runs, tmp_path):
    with pytest.raises(StoreError, match="name another file"):
        write_archive(tmp_path / "missing" / "runs.tar.gz", runs)


def test_a_link_among_the_journals_is_not_followed(runs, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (runs[0] / "trials" / "x.jsonl").symlink_to(secret)
    with pytest.raises(StoreError, match=r"x\.jsonl"):
        write_archive(tmp_path / "runs.tar.gz", runs)
    assert not list(tmp_path.glob("*.tar.gz*"))


HOSTILE = {
    "above": ("../run.json", b"x"),
    "above inside": (f"{RUN}/../../run.json", b"x"),
    "above a journal": (f"{RUN}/trials/../../../x.jsonl", b"x"),
    "absolute": ("/etc/passwd", b"x"),
    "absolute run": (f"/{RUN}/run.json", b"x"),
    "no run id": ("evil/run.json", b"x"),
    "another file": (f"{RUN}/report.md", b"x"),
    "hidden": (f"{RUN}/.lock", b"x"),
    "deeper": (f"{RUN}/trials/attempts/a.1.jsonl", b"x"),
    "backslash": (f"{RUN}/trials/..\\a.jsonl", b"x"),
    "newline": (f"{RUN}/trials/a\n.jsonl", b"x"),
    "no name": (f"{RUN}/trials/", b"x"),
    "dot": (f"./{RUN}/run.json", b"x"),
    "twice the slash": (f"{RUN}//run.json", b"x"),
    "symbolic link": (link(tarfile.SYMTYPE, "/etc/passwd"), b""),
    "hard link": (link(tarfile.LNKTYPE, "/etc/passwd"), b""),
    "device": (special(tarfile.CHRTYPE), b""),
    "pipe": (special(tarfile.FIFOTYPE), b""),
    "folder": (special(tarfile.DIRTYPE), b""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_member_is_refused_and_writes_nothing(name, tmp_path):
    into = tmp_path / "deep" / "into"
    into.mkdir(parents=True)
    archive = pack(tmp_path / "evil.tar.gz", HOSTILE[name])
    with pytest.raises(StoreError, match=r"evil\.tar\.gz"):
        unpack_archive(archive, into)
    assert list_files(tmp_path) == ["evil.tar.gz"]


def test_a_name_that_stands_twice_is_refused(tmp_path):
    archive = pack(tmp_path / "evil.tar.gz", (f"{RUN}/run.json", b"a"), (f"{RUN}/run.json", b"b"))
    (tmp_path / "into").mkdir()
    with pytest.raises(StoreError, match="appears twice"):
        unpack_archive(archive, tmp_path / "into")


def test_a_record_larger_than_any_is_refused_by_its_size(tmp_path):
    (tmp_path / "into").mkdir()
    archive = pack(tmp_path / "evil.tar.gz", (f"{RUN}/{CEILINGS_FILE}", bytes((1 << 20) + 1)))
    with pytest.raises(StoreError, match="more than the limit of 1,048,576"):
        unpack_archive(archive, tmp_path / "into")
    assert not list_files(tmp_path / "into")


def test_too_many_files_or_bytes_are_refused(tmp_path, monkeypatch):
    archive = pack(tmp_path / "evil.tar.gz", *((f"{RUN}/trials/{number}.jsonl", b"x" * 600) for number in range(5)))
    for limit, words in (("MAX_FILES", "more than 3 files"), ("MAX_TOTAL_BYTES", "larger than 1,200")):
        into = tmp_path / limit
        into.mkdir()
        monkeypatch.setattr(f"bench.store.archive.{limit}", 3 if limit == "MAX_FILES" else 1200)
        with pytest.raises(StoreError, match=f"{words}|too large"):
            unpack_archive(archive, into)
        monkeypatch.undo()


def test_a_header_that_claims_gigabytes_is_refused_before_it_is_read(tmp_path):
    """A pax header is read whole by tarfile, so its claimed size must never be believed."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 8 << 30
    with gzip.open(tmp_path / "bomb.tar.gz", "wb") as packed:
        packed.write(info.tobuf(tarfile.GNU_FORMAT))
        packed.write(bytes(4 << 20))
    (tmp_path / "into").mkdir()
    with pytest.raises(StoreError, match=r"too large|made to seem so"):
        unpack_archive(tmp_path / "bomb.tar.gz", tmp_path / "into")


@pytest.mark.parametrize(
    "content", [b"", b"not gzip", gzip.compress(b"not tar" * 100, mtime=0), gzip.compress(b"", mtime=0)]
)
def test_what_is_no_archive_is_refused_by_name(content, tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(content)
    (tmp_path / "into").mkdir()
    with pytest.raises(StoreError, match=r"x\.tar\.gz"):
        unpack_archive(tmp_path / "x.tar.gz", tmp_path / "into")


def test_a_missing_archive_is_refused_by_name(tmp_path):
    with pytest.raises(StoreError, match=r"gone\.tar\.gz"):
        unpack_archive(tmp_path / "gone.tar.gz", tmp_path)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), num_flips=st.integers(1, 30))
def test_a_damaged_archive_is_read_or_refused_and_never_more(seed, num_flips, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    plain = pack(folder / "a.tar.gz", (f"{RUN}/run.json", b"{}"), (f"{RUN}/trials/a.jsonl", b"{}\n"))
    content = bytearray(gzip.decompress(plain.read_bytes()))
    generator = random.Random(seed)  # noqa: S311 - damage needs no cryptography
    for _ in range(num_flips):
        content[generator.randrange(1200)] = generator.randrange(256)
    plain.write_bytes(gzip.compress(bytes(content)))
    into = folder / "in" / "to"
    into.mkdir(parents=True)
    with contextlib.suppress(StoreError):
        unpack_archive(plain, into)
    assert {path.split("/")[0] for path in list_files(folder)} <= {"a.tar.gz", "in"}
    assert not [path for path in (folder / "in").iterdir() if path != into]
