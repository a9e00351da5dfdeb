"""A site's pages: whole, inert, linked with each other, the same bytes again, and never over anything else."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from bench.errors import ConfigError, StoreError
from bench.reports.kit.html_page import render_html
from bench.reports.site.addresses import is_page
from bench.reports.site.index import render_index
from bench.reports.site.write_site import prepare_output, site_json, write_run, write_site
from bench.site.collect import collect_site
from bench.site.site_types import UnreadRun
from tests.reports.documents import keys_of
from tests.reports.golden import assert_golden
from tests.reports.hostile import HOSTILE, assert_inert_report
from tests.site.conftest import night_id

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]  # one site for all of them


@pytest.fixture(scope="module")
def site(make_nights):
    """Ten nights on a laptop, in which the lstm became slower, one on a node, and an archive that is torn."""
    nights = make_nights([60.0] * 5 + [75.0] * 5, hostname="laptop")
    others = make_nights([30.0], digits="0002", hostname="node7", cpu_model="Another CPU")
    return collect_site([*nights, *others], [UnreadRun("team/torn.tar.gz", "cannot be read as .tar.gz")])


@pytest.fixture(scope="module")
def small_site(make_nights):
    """Two nights, of which all pages are made."""
    return collect_site(make_nights([60.0, 60.0]), [])


@pytest.fixture(scope="module", autouse=True)
def _plain_run_pages():
    """Stand in for the pages of runs: what is in them is looked at in tests/reports/run and tests/cli."""
    with pytest.MonkeyPatch.context() as patch:
        page = "bench.reports.site.write_site.render_page"
        patch.setattr(page, lambda summary, answers: f"<script>{summary.run_id}{len(answers)}</script>")
        yield


@pytest.fixture(scope="module")
def pages(site, tmp_path_factory):
    """The pages of the larger site by their addresses."""
    folder = tmp_path_factory.mktemp("pages")
    assert write_all(folder, site) == folder / "index.html"
    return pages_of(folder)


def write_all(folder, site):
    for one in site.runs:
        write_run(folder, one, ())
    return write_site(folder, site, "Nightly")


def pages_of(folder):
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*.html"))}


def test_the_first_page_tells_what_became_worse_and_has_every_run(site):
    assert_golden("site-index.md", render_index(site, "Nightly"))


def test_every_link_of_every_page_leads_to_a_page(pages):
    assert len(pages) == 1 + 11 + 6 + 1  # the first, the runs, six metrics on one machine, side by side
    root = pages["index.html"].parent
    linked = set()
    for path in pages.values():
        for address in re.findall(r'href="([^"#]+)"', path.read_text()):
            assert not re.match(r"[a-z]+:|/", address), address
            linked.add((path.parent / address).resolve().relative_to(root.resolve()).as_posix())
    assert linked == set(pages)


def test_a_history_has_its_figure_its_change_and_a_way_to_each_run(pages):
    (page,) = [path.read_text() for name, path in pages.items() if name.endswith("/throughput.html")]
    assert "Change points: lstm 0.798× with" in page
    assert page.count("<figure>") == 1
    assert "data:image/svg+xml;base64," in page
    assert len(re.findall(r'href="\.\./\.\./\.\./runs/[^"]+/index\.html"', page)) == 10


def test_only_a_runs_own_page_has_a_script(pages):
    for name, path in pages.items():
        text = path.read_text()
        assert ("<script" in text) == name.startswith("runs/"), name
        assert name.startswith("runs/") or "default-src 'none'; style-src 'sha256-" in text


def test_the_same_runs_give_the_same_bytes(small_site, tmp_path):
    for name in "ab":
        write_all(tmp_path / name, small_site)
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in "ab"
    )
    assert first == second
    assert len(first) == 1 + 2 + 6 + 1


def test_hostile_names_are_inert_on_the_first_page(make_nights):
    nights = make_nights([60.0] * 5 + [75.0] * 5, cpu_model=HOSTILE, hostname=HOSTILE, os=HOSTILE)
    site = collect_site(nights, [UnreadRun(HOSTILE, HOSTILE)])
    worse = tuple(replace(one, case=replace(one.case, label=HOSTILE)) for one in site.worsenings)
    assert worse
    page = render_index(replace(site, worsenings=worse), HOSTILE)
    links = re.compile(r"\[((?:\\.|[^\]\\])*)\]\((?:runs|history|hardware)/[A-Za-z0-9/_-]+\.html\)")
    assert_inert_report(links.sub(r"\1", page))
    assert set(re.findall(r"<(\w+)", render_html(page, {}))) <= {
        "h1", "h2", "h3", "p", "section", "div", "table", "thead", "tbody", "tr", "th", "td", "a", "ul", "li", "em",
    }  # fmt: skip


def test_a_page_that_is_no_more_goes_and_nothing_else_does(small_site, make_nights, tmp_path):
    write_all(tmp_path, small_site)
    (tmp_path / "CNAME").write_text("mine")
    (tmp_path / "runs" / "mine.html").write_text("mine")
    prepare_output(tmp_path)
    write_all(tmp_path, collect_site(make_nights([60.0]), []))
    assert set(pages_of(tmp_path)) == {"index.html", f"runs/{night_id(0)}/index.html", "runs/mine.html"}
    assert (tmp_path / "CNAME").read_text() == "mine"


@pytest.mark.parametrize(
    "address",
    ["../index.html", "runs/../../x.html", "/etc/passwd.html", "runs/a/.b.html", "index.html", "runs/a\n.html"],
)
def test_a_list_of_pages_that_was_made_up_takes_nothing_away(address, make_nights, tmp_path):
    assert not is_page(address)
    output, site = tmp_path / "site", collect_site(make_nights([60.0]), [])
    write_all(output, site)
    document = json.loads((output / "site.json").read_text())
    (output / "site.json").write_text(json.dumps({**document, "pages": [address, 7]}))
    write_all(output, site)
    assert set(pages_of(output)) == {"index.html", f"runs/{night_id(0)}/index.html"}


def test_a_folder_of_anything_else_is_refused_and_stays_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for output in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(ConfigError, match="expected a new or empty folder, or one that holds a site"):
            prepare_output(output)
    prepare_output(tmp_path / "deep" / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "mine.txt"]


def test_a_document_that_is_no_sites_is_refused(small_site, tmp_path):
    for content in ("[1]", "{", '{"pages": {"a": 1}}'):
        (tmp_path / "site.json").write_text(content)
        with pytest.raises(StoreError, match=r"site\.json"):
            write_all(tmp_path, small_site)


def test_the_json_of_schema_1_has_these_keys(site):
    value = site_json(site, ["runs/x/index.html"])
    assert (value["schema"], len(value["runs"])) == (1, 11)
    assert keys_of(value) == {
        "": "not_read pages runs schema worse",
        "runs[]": "created_at page run_id suite",
        "worse[]": "after before case_id created_at effect fingerprint index label metric now now_effect p_value page "
        "run_id suite verdict",
        "not_read[]": "source why",
    }
