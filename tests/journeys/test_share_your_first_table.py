"""The how-to "Share your first table", word for word: its accounts, addresses and labels, in both languages."""

from __future__ import annotations

import csv
import re
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.installation import PROJECT, Answer, District, Visitor

pytestmark = pytest.mark.any_database


PAGES = {"en": "share-your-first-table.md", "zh-hans": "share-your-first-table.zh-CN.md"}


def sections(page: str) -> dict[str, str]:
    """The numbered sections of a page by their number."""
    text = (PROJECT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    parts = re.split(r"^## (\d) · .*$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def labels(section: str) -> list[tuple[str, str]]:
    """(English, Chinese) of every word of the screen a section names in italics."""
    found = re.findall(r"(?<!\*)\*([A-Z][^*\u3400-\u9fff]*?) ([\u3400-\u9fff][^*]*)\*(?!\*)", section)
    return [(" ".join(english.split()), chinese) for english, chinese in found]


def send(visitor: Visitor, path: str, said: list[tuple[str, str]]) -> Answer:
    """Send a form in which a name may come several times."""
    token = next(cookie.value for cookie in visitor.cookies if cookie.name == "tongchou_csrf") or ""
    body = urllib.parse.urlencode([*said, ("csrfmiddlewaretoken", token)]).encode()
    request = urllib.request.Request(urllib.parse.urljoin(visitor.base, path), data=body)
    request.add_header("Referer", visitor.base)
    return visitor._ask(request)


class Walk:
    """Both languages walked at once: what is read is read in both, what is done is done once."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.seen: dict[str, str] = {}

    def visitors(self, username: str) -> dict[str, Visitor]:
        return {language: self.district.visitor(username, language) for language in PAGES}

    def look(self, username: str, path: str) -> dict[str, str]:
        pages = {}
        for language, visitor in self.visitors(username).items():
            answer = visitor.get(path)
            assert answer.status == 200, (path, answer.status)
            pages[language] = answer.text
            self.seen[language] = self.seen.get(language, "") + answer.text
        return pages

    def says(self, number: str) -> None:
        """Every label of the section stands on one of the pages seen for it, in both languages."""
        for page in PAGES.values():
            named = labels(sections(page)[number])
            assert named, (page, number)
            for english, chinese in named:
                assert english in self.seen["en"].replace("&#x27;", "'"), (number, english)
                assert chinese in self.seen["zh-hans"], (number, chinese)
        self.seen = {}


def test_both_languages_name_the_same_words() -> None:
    one, two = (sections(page) for page in PAGES.values())
    assert {number: sorted(labels(text)) for number, text in one.items()} == {
        number: sorted(labels(text)) for number, text in two.items()
    }
    for number, text in one.items():
        assert set(re.findall(r"`([^`]+)`", text)) == set(re.findall(r"`([^`]+)`", two[number])), number


def pupil(district: District, folder: Path) -> str:
    """A subject whose only table at the education bureau is that of pupils."""
    file = folder / "links.csv"
    done = district.command("link", "export", str(file), "--resource", "edu.pupils")
    assert done.returncode == 0, done.stderr
    with file.open(newline="", encoding="utf-8") as opened:
        return next(row["subject_id"] for row in csv.DictReader(opened) if row["resource"] == "edu.pupils")


def look_up(visitor: Visitor, subject: str) -> str:
    """A dossier for the purpose of the grant."""
    path = f"/dossiers/{subject}/"
    visitor.get(path)
    visitor.post("/purpose/", purpose="relief_check", case_ref="", next=path)
    return visitor.get(path).text


@pytest.mark.usefixtures("district")
def test_the_how_to_as_it_stands(district: District, tmp_path: Path) -> None:
    walk = Walk(district)
    # 1 · find your table
    walk.look("officer_edu", "/catalogue/edu.pupils/")
    walk.says("1")

    # 2 · a request arrives
    walk.look("officer_civil", "/requests/on/edu.pupils/")
    walk.look("officer_civil", "/requests/new/?resource=edu.pupils")
    asker = district.visitor("officer_civil")
    asker.get("/requests/new/?resource=edu.pupils")
    until = re.search(r'name="until" value="([0-9-]+)"', asker.get("/requests/new/?resource=edu.pupils").text)
    assert until
    fields = ["name", "id_number", "birth_date", "school"]
    asked = [("fields_granted", name) for name in fields] + [
        ("forms_of_use", "query"), ("purposes", "relief_check"), ("rows", ""), ("until", until[1]),
    ]  # fmt: skip
    preview = {
        language: send(visitor, "/likeness/edu.pupils/", asked)
        for language, visitor in walk.visitors("officer_civil").items()
        if visitor.get("/requests/")
    }
    for language, answer in preview.items():
        walk.seen[language] += answer.text
    sent = send(
        asker, "/requests/new/",
        [*asked, ("resource", "edu.pupils"), ("role", "reviewer"), ("reason", "核对低保家庭子女是否在校"),
         ("legal_basis", "社会救助暂行办法")],
    )  # fmt: skip
    found = re.search(r"/requests/(R-\d{4}-\d{6})/", sent.url)
    assert found, sent.text[-2000:]
    walk.says("2")

    # 3 · decide
    number = found[1]
    assert (
        number
        in walk.look(
            "officer_edu", "/desk/" if district.visitor("officer_edu").get("/desk/").status == 200 else "/"
        )["en"]
    )
    page = walk.look("officer_edu", f"/requests/{number}/")["zh-hans"]
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    given = [("fields_granted", name) for name in fields if name != "birth_date"] + [
        ("forms_of_use", "query"), ("purposes", "relief_check"), ("rows", "school is not null"), ("until", until[1]),
        ("mask_id_number", "hide"), ("version", version[1]), ("step", "grant"), ("comment", ""),
    ]  # fmt: skip
    for language, visitor in walk.visitors("officer_edu").items():
        visitor.get("/requests/")
        walk.seen[language] += send(visitor, "/likeness/edu.pupils/", given).text
    provider = district.visitor("officer_edu")
    provider.get(f"/requests/{number}/")
    decided = send(provider, f"/requests/{number}/decide/", given)
    grant = re.search(r"/grants/(G-\d{4}-\d{6})/", decided.text)
    assert grant, decided.text[-2000:]
    walk.says("3")

    # 4 · it is used
    subject = pupil(district, tmp_path)
    reviewer = district.visitor("reviewer")
    walk.look("reviewer", "/search/")
    dossier = look_up(reviewer, subject)
    part = dossier.split("在校学生", 1)[1]
    assert "****" in part
    walk.says("4")

    # 5 · see what is done with it
    walk.look("officer_edu", "/grants/")
    seen = walk.look("officer_edu", f"/grants/{grant[1]}/")["zh-hans"]
    assert re.search(r"共 [1-9]\d* 次", seen)
    walk.says("5")

    # 6 · take it back
    walk.look("officer_edu", f"/grants/{grant[1]}/")
    provider.post(f"/grants/{grant[1]}/withdraw/")
    assert "已撤回" in provider.get(f"/grants/{grant[1]}/").text
    walk.says("6")
    again = look_up(reviewer, subject)
    assert "在校学生" not in again.split("未授权")[0]
