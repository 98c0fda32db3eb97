"""Every screen of the tour answers over HTTP, as each role; the browser opens them on SQLite alone."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

import pytest

from tests.installation import Answer, District, Visitor
from tests.screens.test_tour import TOUR


def opened(visitor: Visitor, way: str) -> Answer | None:
    """The page a way of the tour leads to; None where a link that may be missing is."""
    first, *links = way.split(" >")
    page = visitor.get(first)
    for link in links:
        body = page.text[page.text.index("<main") :]
        hrefs = [html.unescape(each) for each in re.findall(r'<a [^>]*?href="([^"]+)"', body)]
        target = next((each for each in hrefs if re.search(link.lstrip("?"), each.split("?")[0])), None)
        if target is None and link.startswith("?"):
            return None
        assert target, f"no link like {link} on {page.url}"
        page = visitor.get(urljoin(page.url, target))
    return page


@pytest.mark.parametrize("who", TOUR, ids=lambda who: who or "visitor")
def test_every_screen_answers(who: str, district: District) -> None:
    visitor = district.visitor(who or None)
    for name, way in TOUR[who]:
        page = opened(visitor, way)
        if page is None:
            continue
        expected = 404 if name.startswith("no-such") else 403 if name == "not-allowed" else 200
        assert page.status == expected, (name, page.url, page.status)
        assert (urlsplit(page.url).path == "/sign-in/") == (not who and name == "sign-in"), name
