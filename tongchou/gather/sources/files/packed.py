"""The bytes of a text file of the raw layer, packed (.gz, .zip) or not."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import encodings


def open_bytes(raw: Path, locator: dict[str, Any]) -> tuple[BinaryIO, int]:
    """The file's own bytes, unpacked, and their number (of a gzip: of the packed ones)."""
    size = raw.stat().st_size
    try:
        if raw.name.endswith(".gz"):
            return cast(BinaryIO, gzip.open(raw, "rb")), size
        if raw.name.endswith(".zip"):
            packed = zipfile.ZipFile(raw)
            members = [
                each for each in packed.infolist() if not each.is_dir() and "__MACOSX" not in each.filename
            ]
            if locator.get("documents"):
                folder = str(locator["documents"]).strip("/") + "/"
                members = [each for each in members if not each.filename.startswith(folder)]
            wanted = locator.get("member")
            chosen = [each for each in members if not wanted or each.filename == wanted]
            if len(chosen) != 1:
                raise HouseError(
                    "gather.file_ambiguous",
                    Text(
                        f"压缩包里应恰有一个文件，实有 {len(chosen)} 个。",
                        f"The archive should hold exactly one file and holds {len(chosen)}.",
                    ),
                    Text(
                        "请分开打包，或在定位中用 member 指明。",
                        "Pack them apart, or name one as `member` in the locator.",
                    ),
                )
            if chosen[0].flag_bits & 1:
                raise _damaged(Text("压缩包设有密码。", "The archive is protected by a password."))
            return cast(BinaryIO, packed.open(chosen[0])), chosen[0].file_size
        return raw.open("rb"), size
    except (OSError, EOFError, zipfile.BadZipFile) as trouble:
        raise _damaged(
            Text("文件无法打开或已损坏。", "The file cannot be opened or is damaged.")
        ) from trouble


def _damaged(what: Text) -> HouseError:
    return HouseError(
        "gather.file_damaged", what, Text("请重新导出并报送。", "Export it again and deliver it again.")
    )


def filled(source: BinaryIO, size: int) -> bytes:
    """Up to `size` bytes, fewer only at the end. Raises HouseError "gather.file_damaged" on a broken
    archive."""
    data = bytearray(size)
    return bytes(memoryview(data)[: fill(source, memoryview(data))])


def fill(source: BinaryIO, space: memoryview) -> int:
    """Read into `space` until it is full or the source at its end; into it, because copies of large pieces
    cost as much as parsing them. Returns how many bytes. Raises HouseError "gather.file_damaged"."""
    have = 0
    try:
        while have < len(space):
            got = source.readinto(space[have:])  # type: ignore[attr-defined]
            if not got:
                break
            have += got
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as trouble:
        raise _damaged(Text("压缩文件不完整。", "The packed file is incomplete.")) from trouble
    finally:
        space.release()
    return have


def skip(source: BinaryIO, size: int) -> None:
    """Go on `size` bytes, of the text a recoded stream gives where it is one."""
    if isinstance(source, encodings.Recoded):
        source.skip(size)
    elif size:
        source.seek(size)
