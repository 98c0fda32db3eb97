"""The officer sees the one value that is disputed, under the correction's case, on record in the person's own trace."""

from __future__ import annotations

from dataclasses import dataclass

from tongchou.accounts.actor import Actor
from tongchou.standards.text import Text

from .. import cases, confided, disputes, errors
from ..dossiers import told
from ..queries import corrections as queries
from ..tracing import Answer, tell, traced

#: Reading for a correction is no use of a grant: it is the department's own data, and its purpose is the correction.
PURPOSE = "correction"


@dataclass(frozen=True, kw_only=True)
class Dispute(Answer):
    """What `look` answers. was: the value when it was disputed; now: the value today, "" where there is none.
    record_key: the record's own number at its source; source: where the value came from."""

    label: Text
    was: str
    now: str
    proposed: str
    says: str
    evidence: str
    again: str
    refusal: str
    record_key: str
    source: str
    recorded_on: str


@traced(permission="corrections.decide", event="access.disputed")
def look(*, by: Actor, number: str) -> Dispute:
    """The disputed value, plain, and what is said about it; only while its case is open.

    Raises NotFound (exchange.correction_not_found, record_not_found), Refused (exchange.refused.case_needed).
    """
    made = queries.for_officer(by, number)
    reference = disputes.case_ref_of(made, by.organisation)
    tell(correction=made.number, subject_id=made.subject_id, purpose=PURPOSE, case_ref=reference, via="screen",
         resource=made.resource.code, field=made.field, record=made.record)  # fmt: skip
    if not cases.live_case(by=by, subject_id=made.subject_id, case_ref=reference):
        raise errors.case_needed(made.resource.code)
    words = confided.open_words(made.number, made.sealed)
    _, feed, version = disputes.found_in(made.subject_id, made.resource.code, made.record)
    field = feed.field_named(made.field)
    if field is None:
        raise errors.not_granted(f"{made.resource.code}.{made.field}")
    return Dispute(
        label=field.label, was=told(words.get("was", ""), field), now=told(version["values"].get(made.field) or "", field),
        proposed=words.get("proposed", ""), says=words.get("says", ""), evidence=words.get("evidence", ""),
        again=words.get("again", ""), refusal=words.get("reason", ""),
        record_key=version["key"].replace("\x1f", " / "), source=version["delivery"],
        recorded_on=version["recorded_at"][:10],
    )  # fmt: skip
