"""Documents 文件: scans and certificates that a department delivers beside its rows.

Terms
    document    the bytes of one file, kept once however often it is delivered, sealed under a key of this installation.
    reference   what stands in the record log in the place of the file: a keyed digest of the bytes, their number and
                their form, `3f0c…a1-20480.pdf`. It tells nothing of the file's name (which is often a person's) and
                cannot be made by whoever only guesses what the file says.
    refused     a file that is not what it seems, too large, or of a form that is not safe to hand on. It is kept apart,
                sealed, until the department has delivered a better one; its row says which rule it failed.

The way of a document: delivery → `gather` finds the file beside the row → `taking` → `forms` (what is it really?) →
`storing` → the reference stands in the record → `exchange` hands it to a reader whose grant covers the field, traced.
Nothing here checks a grant.
"""

from __future__ import annotations

from tongchou.standards.documents import Reference, reference_of

from .forms import FORMS, Form
from .storing import DocumentStore, store
from .taking import Taker

__all__ = ["FORMS", "DocumentStore", "Form", "Reference", "Taker", "reference_of", "store"]
