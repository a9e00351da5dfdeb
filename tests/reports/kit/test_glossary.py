"""The words' meanings: in order, as sentences, and each word that a report explains is one of them."""

from bench.reports.kit.glossary import MEANINGS, report_words


def test_the_words_are_in_alphabetical_order() -> None:
    assert list(MEANINGS) == sorted(MEANINGS, key=str.lower)


def test_each_meaning_is_one_to_three_sentences() -> None:
    for word, meaning in MEANINGS.items():
        assert meaning.endswith("."), word
        assert meaning[0].isupper() or meaning.startswith("`"), word
        assert meaning.count(". ") < 3, word


def test_a_report_explains_each_word_once() -> None:
    words = [word for word, _ in report_words()]
    assert len(words) == len(set(words)) > 0
