"""A figure as part of an HTML page: in the page's own colours, light or dark, and inert under a strict policy.

Matplotlib writes each colour into a `style`, which a policy without `unsafe-inline` ignores. Here they become
attributes, and the colours that `page_colours` knows the page's variables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from markupsafe import Markup

from bench.reports.kit.escaping import make_visible
from bench.reports.kit.figures.contrast import page_colours
from bench.reports.kit.figures.theme import render_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SVG = "http://www.w3.org/2000/svg"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
# Of the elements that matplotlib writes, those that are drawn or say how; comments, metadata and styles go.
_DROPPED = frozenset({"metadata", "style"})


def inline_svg(figure: Figure, name: str, alternative: str) -> Markup:
    """Return a figure as an SVG element that says `alternative`; `name` keeps its ids apart from other figures'."""
    root = ET.fromstring(render_svg(figure))  # noqa: S314 - our own drawing
    variables = {light.lower(): f"var(--{key})" for key, (light, _) in page_colours().items()}
    for parent in root.iter():
        for child in [one for one in parent if _tag(one) in _DROPPED]:
            parent.remove(child)
    ids = {found: f"{name}-{number}" for number, found in enumerate(_ids_in_use(root))}
    for element in root.iter():
        element.tag = _tag(element)
        _rewrite(element, ids, variables)
    view_box = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update(
        {"viewBox": view_box, "role": "img", "aria-label": make_visible(alternative), "stroke-linejoin": "round",
         "stroke-linecap": "butt"}
    )  # fmt: skip
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - our own drawing, its names escaped by ElementTree


def _tag(element: ET.Element) -> str:
    return element.tag.removeprefix(f"{{{_SVG}}}")


def _ids_in_use(root: ET.Element) -> list[str]:
    """Return the ids that something refers to, in a fixed order; the others only name matplotlib's artists."""
    found: dict[str, None] = {}
    for element in root.iter():
        for value in element.attrib.values():
            found.update(dict.fromkeys(_REFERENCE.findall(value)))
        reference = element.get(_XLINK_HREF, "")
        if reference.startswith("#"):
            found[reference[1:]] = None
    return list(found)


def _rewrite(element: ET.Element, ids: dict[str, str], variables: dict[str, str]) -> None:
    """Turn one element's style into attributes, rename its id and its references, and take the page's colours."""
    attributes = dict(element.attrib)
    element.attrib.clear()
    style = attributes.pop("style", "")
    declared = (part.split(":", 1) for part in style.split(";") if part.strip())
    attributes |= {key.strip(): value.strip() for key, value in declared}
    for key, value in attributes.items():
        if key == "id":
            if value in ids:
                element.set("id", ids[value])
        elif key == _XLINK_HREF:
            element.set("href", f"#{ids[value[1:]]}" if value.startswith("#") else value)
        else:
            named = _REFERENCE.sub(lambda match: f"url(#{ids[match[1]]})", value)
            element.set(key, variables.get(named.lower(), named))
