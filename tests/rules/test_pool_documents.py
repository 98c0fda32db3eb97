"""Documents: known by their bytes, kept sealed and once, refused with a reason, never read from outside a delivery."""

from __future__ import annotations

import io
import zipfile
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.gather.problems import RULES
from tongchou.gather.sources.beside import Folder, Packed, beside_of
from tongchou.pool.documents import DocumentStore, Taker
from tongchou.pool.documents.forms import FORMS, recognise
from tongchou.pool.documents.storing import TooLarge
from tongchou.sample import Rates
from tongchou.sample.scans import page, picture, scanned
from tongchou.standards.documents import Reference, reference_of, size_told
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError

PNG, PDF = picture("T1"), page("PAPER", "T1")
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF"
    + bytes(10)
    + b"\xff\xc0\x00\x11\x08\x00\x10\x00\x10"
    + bytes(20)
    + b"\xff\xd9"
)


def packed(**members: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "form", "problem"),
    [
        (PDF, "a.pdf", "pdf", None),
        (PDF, "a", "pdf", None),
        (PNG, "扫描/王小明.PNG", "png", None),
        (JPEG, "a.jpeg", "jpg", None),
        (b"II*\0\x08\0\0\0" + bytes(40), "a.tif", "tif", None),
        (packed(OFD__xml=b"<x/>"), "a.ofd", "ofd", None),
        (b"", "a.pdf", None, "document.empty"),
        (b"\0\0\n", "a.pdf", None, "document.empty"),
        (b"<html><script>alert(1)</script>", "a.pdf", None, "document.mistyped"),
        (PNG, "a.pdf", None, "document.mistyped"),
        (PDF, "a.exe", None, "document.mistyped"),
        (b"MZ\x90\0" + bytes(100), "a.exe", None, "document.form"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", None, "document.form"),
        (packed(word__xml=b"x"), "a.docx", None, "document.mistyped"),
        (packed(word__xml=b"x"), "a.ofd", None, "document.form"),
        (PDF[:-20], "a.pdf", None, "document.damaged"),
        (PNG[:200], "a.png", None, "document.damaged"),
        (PNG[:16] + b"\xff\xff\xff\xff\xff\xff\xff\xff" + PNG[24:], "a.png", None, "document.damaged"),
        (JPEG[:-2], "a.jpg", None, "document.damaged"),
        (b"PK\x03\x04broken", "a.ofd", None, "document.damaged"),
        (
            PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript >>"),
            "a.pdf",
            None,
            "document.active",
        ),
    ],
)
def test_a_file_is_what_its_bytes_are(data: bytes, name: str, form: str | None, problem: str | None) -> None:
    found, said = recognise(data, name)
    assert (found.code if found else None, said) == (form, problem)
    assert said is None or said in RULES


@given(st.binary(max_size=300), st.sampled_from([b"", *(each[:12] for each in (PDF, PNG, JPEG))]))
def test_any_bytes_are_answered(data: bytes, head: bytes) -> None:
    form, problem = recognise(head + data, "a.pdf")
    assert (form is None) == (problem is not None)


@pytest.mark.parametrize("size", [1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_document_is_kept_sealed_and_once(tmp_path: Path, size: int) -> None:
    store = DocumentStore(tmp_path)
    data = (b"personal " * (size // 9 + 1))[:size]
    kept = [store.keep(io.BytesIO(data), size) for _ in range(2)]
    reference = Reference(kept[0].address, size, "pdf")
    assert kept[0] == kept[1]
    assert store.read(reference) == data
    assert list(store.addresses()) == [kept[0].address]
    assert all(b"personal" not in each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
    assert store.remove(reference)
    assert not store.has(reference)
    assert not store.remove(reference)
    with pytest.raises(HouseError, match=r"pool\.document_gone"):
        store.read(reference)


def test_a_document_that_was_altered_moved_or_cut_is_not_answered(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    data = [bytes([each]) * (2 << 20) for each in (1, 2)]
    one, two = (Reference(store.keep(io.BytesIO(each), 3 << 20).address, 2 << 20, "pdf") for each in data)
    paths = {each.stem: each for each in tmp_path.rglob("*.sealed")}
    path = paths[one.address]
    whole = path.read_bytes()
    for wrong in (
        whole[:-1],
        whole[: len(whole) // 2],
        whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
        paths[two.address].read_bytes(),
    ):
        path.chmod(0o600)
        path.write_bytes(wrong)
        with pytest.raises(HouseError, match=r"pool\.document_file_damaged"):
            store.read(one)
    path.write_bytes(whole)
    assert store.read(one) == data[0]


def test_what_is_too_large_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        DocumentStore(tmp_path).keep(io.BytesIO(bytes(100)), 99)
    assert not [each for each in (tmp_path / "pool").rglob("*") if each.is_file()]


def test_a_delivery_takes_its_files_and_says_why_not(tmp_path: Path) -> None:
    folder = tmp_path / "source" / "scans"
    folder.mkdir(parents=True)
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (folder / "good.pdf").write_bytes(PDF)
    (folder / "again.pdf").write_bytes(PDF)
    (folder / "page.png").write_bytes(b"<html>")
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "large.pdf").write_bytes(PDF + bytes(5000))
    (folder / "huge.pdf").write_bytes(bytes(30_000))
    (folder / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    take = Taker(tmp_path, Folder(folder), largest=4000)
    told = {
        name: take(name)
        for name in (
            "good.pdf", "again.pdf", ".\\good.pdf", "page.png", "empty.pdf", "large.pdf", "huge.pdf", "link.pdf",
            "../secret.pdf", "/etc/passwd", "C:\\a.pdf", "none.pdf", "a" * 300, "", "无", "good.pdf\0.png",
        )
    }  # fmt: skip
    good, problem = told["good.pdf"]
    assert problem is None
    assert good is not None
    assert told["again.pdf"] == told[".\\good.pdf"] == (good, None)
    reference = reference_of(good)
    assert reference is not None
    assert DocumentStore(tmp_path).read(reference) == PDF
    assert (reference.form, reference.size) == ("pdf", len(PDF))
    assert {name: rule for name, (_, rule) in told.items() if rule} == {
        "page.png": "document.mistyped", "empty.pdf": "document.empty", "large.pdf": "document.too_large",
        "huge.pdf": "document.too_large", "link.pdf": "document.outside", "../secret.pdf": "document.outside",
        "/etc/passwd": "document.outside", "C:\\a.pdf": "document.outside", "none.pdf": "document.missing",
        "a" * 300: "document.unreadable", "good.pdf\0.png": "document.outside",
    }  # fmt: skip
    assert told[""] == told["无"] == (None, None)
    # Refused files are kept apart, the huge one is left where it is; what is a reference already stays it.
    assert len(list(DocumentStore(tmp_path, apart=True).addresses())) == 3
    assert take(good) == (good, None)
    assert take(str(Reference("0" * 40, 5, "pdf"))) == (None, "document.missing")
    assert Taker(tmp_path, None)("good.pdf") == (None, "document.missing")


def test_files_come_packed_with_the_rows(tmp_path: Path) -> None:
    archive = tmp_path / "delivery.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("rows.csv", "编号,文件\n1,王.pdf\n")
        made.writestr("scans/王.pdf", PDF)
        # As desktops write it: GBK, read as cp437, without the flag that says UTF-8.
        made.writestr("scans/" + "李.pdf".encode("gb18030").decode("cp437"), PNG)
    beside = beside_of(None, {"documents": "scans"}, archive)
    assert isinstance(beside, Packed)
    with beside.open("王.pdf") as source:
        assert source.read() == PDF
    for name, error in (("none.pdf", FileNotFoundError), ("../rows.csv", PermissionError)):
        with pytest.raises(error):
            beside.open(name)
    assert beside_of(None, {"documents": "scans"}, tmp_path / "rows.csv") is None
    assert beside_of(tmp_path, {}, tmp_path / "rows.csv") is None
    with pytest.raises(PermissionError):
        beside_of(tmp_path, {"documents": "../other"}, tmp_path / "rows.csv")


def test_the_element_takes_references_alone() -> None:
    reference = str(Reference("a1" * 20, 20480, "pdf"))
    assert element("document").standardise(reference) == (reference, None)
    assert element("document").standardise("scan.pdf") == (None, "document.missing")
    found = reference_of(reference)
    assert found is not None
    assert found.told.zh == "PDF 文件，20 KB"
    assert reference_of("../" + reference) is None
    assert [size_told(each) for each in (5, 2048, 5 << 20)] == ["5 B", "2 KB", "5.0 MB"]


def test_the_offices_scan_what_can_be_read() -> None:
    keys = pa.array([f"T{each}" for each in range(80)])
    clean = Rates(**{item.name: 0.0 for item in fields(Rates)})
    for ending in ("png", "pdf"):
        names, files = scanned(keys, "o/scans", ending, "PAPER", clean)
        assert names.null_count == 20
        assert all(recognise(data, name)[0] == FORMS[ending] for name, data in files.items())
        _, wrong = scanned(keys, "o/scans", ending, "PAPER", Rates())
        problems = {recognise(data, name)[1] for name, data in wrong.items()}
        assert len(wrong) == 59
        assert problems == {None, "document.empty", "document.mistyped"}
