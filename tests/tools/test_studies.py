from pathlib import Path

import pytest

from bench.errors import StoreError
from tools.studies import list_studies, read_ratios


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "peers-2026-11-25"
    path.mkdir()
    (path / "report.md").write_text("# Peers\n\nHow.\n\n## Ratios of rates\n\n| a |\n|--|\n\nNote.\n\n## More\n\nx\n")
    return path


def test_the_ratios_are_the_table_with_its_note(folder: Path) -> None:
    assert read_ratios(folder) == "| a |\n|--|\n\nNote."


def test_a_report_without_ratios_is_named(folder: Path) -> None:
    (folder / "report.md").write_text("# Peers\n")
    with pytest.raises(StoreError, match="expected a section of ratios"):
        read_ratios(folder)


def test_only_folders_with_a_report_count_and_the_latest_is_last(folder: Path) -> None:
    (folder.parent / "peers-2026-11-24").mkdir()
    later = folder.parent / "peers-2026-12-01"
    later.mkdir()
    (later / "report.md").touch()
    assert list_studies(folder.parent, "peers") == [folder, later]
