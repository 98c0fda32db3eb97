"""The pictures of the documentation, taken from a running demo: `python -m tools.pictures`, by hand.

Start `make demo`, then take them all, or those whose name contains a word. They go to `docs/images`: NAME.png in English,
NAME.zh-CN.png in Chinese; look at every one before you keep it. Needs the extra `dev`, Chromium and Chinese fonts, as
`make test` installs them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browsing import ARGUMENTS, CHROMIUM, go, new_context, settle, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
#: Tail of the file's name → what a visitor has chosen.
LANGUAGES = {"": "en", ".zh-CN": "zh-hans"}
#: Whoever clones the repository takes the pictures along: none is larger.
LARGEST = 300_000
#: The clerk looks up these people of the sample district, for this purpose: one of the tour, and one who moved.
SOMEBODY, MOVED, PURPOSE = "胡强 1978-02-05", "440603196007139525", "relief_check"
#: A standard door of the sample district.
DOOR = "样例区祖庙街道培德社区汾江中路38号怡翠花园15栋"


@dataclass(frozen=True)
class Picture:
    """One picture. who: the account; way: as `go` follows it, from the dossier of `person` where it begins with ">".

    at: what stands at the top of the picture; "" for the top of the page.
    """

    name: str
    who: str
    way: str
    at: str = ""
    screen: str = "desk"
    person: str = SOMEBODY


PICTURES = [
    Picture("tour-desk", "steward", "/"),
    Picture("tour-dossier", "clerk", ">"),
    Picture("tour-ledger", "auditor", "/ledger/"),
    Picture("tour-judge", "steward", r"/pairs/ >/pairs/\d+/$"),
    Picture("dossier-relations", "clerk", ">", at=".related"),
    Picture("dossier-phone", "clerk", ">", screen="phone"),
    Picture("place", "clerk", ">", person=DOOR),
    Picture("history", "clerk", r"> >/history/ps\.residents/[^/]+/$", person=MOVED),
    Picture("link-report", "steward", r"/links/quality/ >/links/reports/\d+/$"),
    Picture("link-errors", "steward", r"/links/quality/ >/links/reports/\d+/$", at="[data-part=examples]"),
    Picture("disagreements", "steward", "/disagreements/"),
    Picture("deliveries", "steward", "/gather/"),
    Picture("delivery", "officer_edu", r"/gather/?resource=edu.pupils >/gather/D[^/]+/$"),
    Picture("quarantine", "steward", "/gather/quarantine/"),
    Picture("catalogue-phone", "officer_civil", "/catalogue/", screen="phone"),
    Picture("resource", "officer_edu", "/catalogue/edu.pupils/"),
    Picture("request", "officer_edu", r"/requests/ >/requests/R-[^/]+/$"),
    Picture("who-looked-phone", "applicant", "/my/accesses/", screen="phone"),
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, as the tests start it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def open_dossier(page: Page, person: str) -> None:
    """Find the person and open their dossier."""
    page.goto("/search/")
    page.fill("input[name=query]", person)
    page.select_option("select[name=purpose]", PURPOSE)
    page.press("input[name=query]", "Enter")
    settle(page)
    page.locator("tr[data-open] a").first.click()
    settle(page)


def take(page: Page, picture: Picture, file: Path) -> int:
    """Go there and keep what the screen shows; returns the bytes of the picture."""
    if picture.way.startswith(">"):
        open_dossier(page, picture.person)
        if links := picture.way[1:].strip():
            go(page, f"{page.url} {links}")
    else:
        go(page, picture.way)
    settle(page)
    if picture.at:
        page.locator(picture.at).first.evaluate("found => found.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(400)  # charts and maps draw themselves after they have loaded
    page.screenshot(path=str(file))
    return file.stat().st_size


def main() -> int:
    """Take the pictures; 1 when one is larger than a repository should carry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8000", help="where the demo runs")
    parser.add_argument("--only", default="", help="part of the names of the pictures to take")
    options = parser.parse_args()
    too_large = 0
    with chromium() as browser:
        for tail, language in LANGUAGES.items():
            for picture in PICTURES:
                if options.only not in picture.name:
                    continue
                context = new_context(browser, options.base, picture.screen)
                context.add_cookies([{"name": "tongchou_language", "value": language, "url": options.base}])
                page = context.new_page()
                sign_in(page, picture.who)
                file = IMAGES / f"{picture.name}{tail}.png"
                size = take(page, picture, file)
                context.close()
                too_large += size > LARGEST
                print(f"{file.name}: {size:,} bytes{' – too large' if size > LARGEST else ''}")
    return 1 if too_large else 0


if __name__ == "__main__":
    raise SystemExit(main())
