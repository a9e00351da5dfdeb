from __future__ import annotations

import re

from tools.page_picture import NUMBERED, PICTURE, ROOT


def test_each_number_of_the_picture_is_explained_below_it() -> None:
    _, _, after = (
        (ROOT / "docs" / "reading.md").read_text(encoding="utf-8").partition(f"]({PICTURE.parent.name}/{PICTURE.name})")
    )
    explained, _, _ = after.partition("\n- ")
    assert re.findall(r"^(\d+)\. ", explained, re.MULTILINE) == [str(number) for number, _ in enumerate(NUMBERED, 1)]
