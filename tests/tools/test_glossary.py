"""The glossary's page is the one that the words give."""

from tools.glossary import PAGE, render_glossary


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_glossary(), "run python -m tools.glossary"
