"""A file handed in on screen: stored whole, then taken in like any other delivery."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import rules
from ..models import Delivery, Mapping
from ..opening import new_number
from ..queries import is_steward
from ..sources.files.discover import business_date

#: What may be handed in: what the `files` connector reads.
ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".xlsx", ".xls", ".ods", ".zip")
LARGEST_BYTES = 2 * 1024**3


@action(permission="gather.run", event="file.uploaded")
def upload(*, by: Actor, mapping: Mapping, name: str, chunks: Iterable[bytes]) -> Delivery:
    """Keep a file handed in for a resource and open its delivery.

    name: as the person's computer calls it; only its last part is used. Raises HouseError for a kind of file that
    cannot be read, one too large, or somebody else's resource.
    """
    resource = mapping.resource
    rules.check_handle(
        owner=resource.organisation.code,
        organisation=by.organisation,
        steward=is_steward(by),
        resource=resource.code,
    )
    clean = re.sub(r"[^\w.\-()（）]+", "_", os.path.basename(name.replace("\\", "/")))[-120:]
    if not clean.lower().endswith(ENDINGS) or mapping.source.connector != "files":
        raise HouseError(
            "gather.wrong_kind_of_file",
            Text("不能读取这类文件。", "Files of this kind cannot be read."),
            Text(f"请上传 {'、'.join(ENDINGS)} 文件。", f"Hand in one of {', '.join(ENDINGS)}."),
            where=resource.code,
        )
    number = new_number()
    folder = settings.TONGCHOU_DATA / "uploads" / resource.code / number
    folder.mkdir(parents=True)
    digest, size = hashlib.sha256(), 0
    with (folder / clean).open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > LARGEST_BYTES:
                raise HouseError(
                    "gather.file_too_large",
                    Text("文件超过 2 GB。", "The file is larger than 2 GB."),
                    Text("请拆分，或放入数据源文件夹。", "Split it, or put it in the source's folder."),
                    where=resource.code,
                )
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    delivery = Delivery.objects.create(
        number=number,
        resource=resource,
        source_code=mapping.source.code,
        item=clean,
        item_digest=digest.hexdigest(),
        uploaded_file=str((folder / clean).relative_to(settings.TONGCHOU_DATA)),
        delivered_on=business_date(clean) or timezone.localdate(),
        requested_by=by.username,
    )
    note(resource=resource.code, delivery=number, item=clean)
    return delivery
