"""Values from the command line."""

import click
import pytest
from click.testing import CliRunner

from bench.cli.parsing.options import list_option, parse_duration, parse_size, prepare_file, typed_command
from bench.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "num_bytes"),
    [
        ("8GB", 8_000_000_000),
        ("8GiB", 8 << 30),
        ("512MiB", 512 << 20),
        ("1.5 TB", 1_500_000_000_000),
        ("100k", 100_000),
        ("4096", 4096),
        ("4096B", 4096),
    ],
)
def test_a_size_is_read_as_people_write_it(text, num_bytes):
    assert parse_size(None, None, text) == num_bytes


@pytest.mark.parametrize("text", ["0", "-1GB", "many", "1e9", "GB", "", "1.2.3GB", "8 GBB", "٣GB", "0.1", "9" * 99])
def test_a_size_that_is_none_is_refused_with_the_form(text):
    with pytest.raises(click.BadParameter, match="expected a size such as 8GB or 512MiB"):
        parse_size(None, None, text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20m", 1200.0), ("1h30m", 5400.0), ("90s", 90.0), ("90", 90.0), ("2H", 7200.0), ("1m5", 65.0), ("0.5", 0.5)],
)
def test_a_duration_is_read_as_people_write_it(text, seconds):
    assert parse_duration(None, None, text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0m", "soon", "-5m", "1.5h", "20 m", "5m1h", "٣m", "9" * 9])
def test_a_duration_that_is_none_is_refused_with_the_form(text):
    with pytest.raises(click.BadParameter, match="expected a duration such as 20m"):
        parse_duration(None, None, text)


def test_a_byte_that_is_no_text_is_kept_as_the_sign_for_one(monkeypatch):
    monkeypatch.setattr("sys.argv", ["bench", "run", "--output", "r\udce9s"])
    assert typed_command() == ["python", "-m", "bench", "run", "--output", "r\ufffds"]


def test_a_file_to_write_gets_its_folder_and_what_can_be_no_file_is_refused(tmp_path):
    prepare_file("--junit", tmp_path / "ci" / "check.xml")
    assert (tmp_path / "ci").is_dir()
    for path in (tmp_path / "ci", type(tmp_path)("")):
        with pytest.raises(ConfigError, match="--junit: expected a file's name"):
            prepare_file("--junit", path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="name another"):
        prepare_file("--junit", tmp_path / "file" / "check.xml")


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ("mnist,a.npz", ["mnist", "a.npz"]),
        ("x, y/s t,u.npz", ["x, y/s t,u.npz"]),
        ("x, y/t,u.npz", ["x", "y/t", "u.npz"]),
    ],
)
def test_a_path_that_is_there_may_have_commas_in_a_list(tmp_path, monkeypatch, given, parts):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x, y").mkdir()
    (tmp_path / "x, y" / "s t,u.npz").write_bytes(b"")

    @click.command()
    @list_option("--dataset")
    def command(dataset):
        click.echo("|".join(dataset))

    assert CliRunner().invoke(command, ["--dataset", given]).output == "|".join(parts) + "\n"
