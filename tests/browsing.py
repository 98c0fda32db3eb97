"""A real browser for the screens, and what every screen is examined for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.installation import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = os.environ.get("TONGCHOU_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",  # nothing here draws in WebGL, and a rasteriser that plays a GPU takes as much time as the pages
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
#: The two screens everything is looked at on.
SCREENS: dict[str, dict[str, int]] = {
    "desk": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]+")

NewPage = Callable[..., "Page"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once in a test process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


def new_context(browser: Browser, base: str, screen: str = "desk", language: str = "zh-CN") -> BrowserContext:
    """A fresh browser profile on one of SCREENS; the content policy is passed over for axe alone."""
    return browser.new_context(
        base_url=base,
        viewport=SCREENS[screen],  # type: ignore[arg-type]
        locale=language,
        timezone_id="Asia/Shanghai",
        has_touch=screen == "phone",
        reduced_motion="reduce",
    )


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Go through the sign-in form."""
    page.goto("/sign-in/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.click("[data-main-action]")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def go(page: Page, way: str) -> None:
    """Open a path, then follow the links the way names; one that begins with ? may be missing (a small district may
    leave nobody to be judged)."""
    first, *links = way.split(" >")
    page.goto(first)
    for link in links:
        settle(page)
        hrefs = page.eval_on_selector_all(
            "main a[href]", "links => links.map(link => link.getAttribute('href'))"
        )
        target = next((href for href in hrefs if re.search(link.lstrip("?"), href.split("?")[0])), None)
        if target is None and link.startswith("?"):
            return
        assert target, f"no link like {link} on {page.url}"
        page.goto(target)


def watch(page: Page) -> list[str]:
    """Collect what the page complains about: console errors, uncaught errors, requests to other hosts or that fail."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def failed(request: Any) -> None:
        if (
            request.failure != "net::ERR_ABORTED"
        ):  # given up because the page was left, not because it is missing
            complaints.append(f"failed: {request.url}")

    page.on("requestfailed", failed)

    def own_host(request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1", "data:")):
            complaints.append(f"left the house: {request.url}")

    page.on("request", own_host)
    return complaints


_axe_source = ""


#: Marks every row, item or card of a list that is made like two before it: the same elements with the same classes and
#: attributes. What axe would find there it finds in those, and a table of a hundred rows costs as much as one of two.
#: Returns ids that stand on the page twice, which is all that only looking at every one of them shows.
_ALIKE = """() => {
  const made = e => [e.tagName, e.className, e.getAttributeNames(), e.getAttribute('role'), e.getAttribute('type'),
    e.style.cssText, !e.textContent.trim(), [...e.children].map(made)];
  for (const list of document.querySelectorAll('tbody, ul, ol, dl, .cards')) {
    const seen = {};
    for (const one of list.children) {
      const how = JSON.stringify(made(one));
      seen[how] = (seen[how] || 0) + 1;
      if (seen[how] > 2) one.setAttribute('data-alike', '');
    }
  }
  const ids = [...document.querySelectorAll('[id]:not([id=""])')].map(e => e.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""


def axe(page: Page, *, contrast: bool = True) -> list[str]:
    """What axe finds wrong on the page (WCAG 2.1 A and AA, and best practices): "rule: target (how)".

    contrast: whether colours are looked at as well, which takes half of the time.
    """
    global _axe_source
    if not _axe_source:
        import axe_playwright_python

        _axe_source = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    twice = page.evaluate(_ALIKE)
    page.evaluate(_axe_source)
    found = page.evaluate(
        """contrast => axe.run({include: document, exclude: ['[data-alike]']},
          {resultTypes: ['violations'], rules: {'color-contrast': {enabled: contrast}}})""",
        contrast,
    )
    return [f"duplicate-id: #{each}" for each in twice] + [
        f"{violation['id']}: {node['target'][0]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> list[str]:
    """Elements that stick out to the right of the screen, when the page scrolls sideways."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
        [...document.querySelectorAll('body *')].filter(e => {
          const box = e.getBoundingClientRect();
          return box.right > document.documentElement.clientWidth + 1 && box.width > 0 && !e.closest('.table-wrap, .tabs');
        }).slice(0, 5).map(e => e.tagName + '.' + e.className)"""
    )


def chinese_left(page: Page) -> list[str]:
    """Chinese text on a page shown in English, but for data values (marked `data-value`) and the language switch."""
    texts: list[str] = page.evaluate(
        """() => {
          const out = [];
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const node = walk.currentNode, parent = node.parentElement;
            if (!parent || parent.closest('script, style, [data-value], [lang="zh-CN"]:not(html)')) continue;
            if (/[\\u3400-\\u9fff]/.test(node.textContent)) out.push(node.textContent.trim().slice(0, 60));
          }
          document.querySelectorAll('[title],[aria-label],[placeholder],[data-label]').forEach(e => {
            if (e.closest('[data-value]')) return;
            for (const a of ['title', 'aria-label', 'placeholder', 'data-label'])
              if (/[\\u3400-\\u9fff]/.test(e.getAttribute(a) || '')) out.push(a + '=' + e.getAttribute(a));
          });
          return out;
        }"""
    )
    return texts


def settle(page: Page) -> None:
    """Wait until everything is loaded: what htmx asked for, charts, maps and fonts."""
    page.wait_for_load_state("load")
    page.wait_for_function(
        """() => document.readyState === 'complete' && !document.querySelector('.htmx-request')
          && [...document.querySelectorAll('[data-chart], [data-map]')].every(
            place => 'drawn' in place.dataset || !place.getClientRects().length)"""
    )
    page.evaluate("() => document.fonts.ready")
