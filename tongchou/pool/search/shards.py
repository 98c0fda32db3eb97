"""One shard of an index: what is found of the subjects whose ids begin alike, in a folder of its own.

An index document says by what one value of one subject can be found and in which fields of which resources it stands:

    token     keyed features of the value (and, of a name, of what narrows it)
    where     "resource.field" of every record that says so: the searcher's grants become a filter over it
    subject   the subject's id, as a number

Shards are written apart from one another, by several processes at once, and made anew one by one: of who is erased the
files of one shard go, and not those of the district.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Document, Query

from .searched import Entry

_HEAP_BYTES = 160_000_000
#: Subjects whose entries are taken out by one query.
_AT_ONCE = 1000
#: People of one shard, about: some seconds' work to make anew; and at least, so that each core has one to write.
_SUBJECTS, _LEAST = 80_000, 10_000
MOST = 32
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PLACE = {each: place for place, each in enumerate(_ALPHABET)}
#: First characters of the random part of an id, in the order of the ids as text.
_ORDER = {each: place for place, each in enumerate(sorted(_ALPHABET))}
_ID_LENGTH = 12


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("token", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("where", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("subject", indexed=True, fast=True)
    return builder.build()


SCHEMA = _schema()


def number_of(subject_id: str) -> int:
    """The sixty bits of a subject's id, without its letter."""
    number = 0
    for each in subject_id[1:]:
        number = number << 5 | _PLACE[each]
    return number


def id_of(letter: str, number: int) -> str:
    """The id whose `number_of` this is."""
    return letter + "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_ID_LENGTH)))


def how_many(subjects: int, cores: int) -> int:
    """How many shards an index of so many subjects has when so many cores write it: a power of two up to `MOST`."""
    shards = 1
    while shards < MOST and (
        subjects > shards * _SUBJECTS or (shards < cores and subjects >= 2 * shards * _LEAST)
    ):
        shards *= 2
    return shards


def shard_of(subject_id: str, shards: int) -> int:
    """The shard of a subject; it grows with the id as text."""
    return _ORDER[subject_id[1]] * shards // MOST


def beginnings(shard: int, shards: int) -> str:
    """The first characters of the random part of the ids in a shard."""
    return "".join(each for each, place in _ORDER.items() if place * shards // MOST == shard)


def write(folder: Path, gone: Iterable[str], entries: Iterable[Iterable[Entry]]) -> None:
    """Take subjects out of a shard, add entries, and commit both together; the shard is made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = tantivy.Index(SCHEMA, path=str(folder)).writer(heap_size=_HEAP_BYTES, num_threads=1)
    numbers = [number_of(each) for each in gone]
    for start in range(0, len(numbers), _AT_ONCE):
        some = Query.term_set_query(SCHEMA, "subject", numbers[start : start + _AT_ONCE])
        writer.delete_documents_by_query(some)
    for batch in entries:
        held, number = "", 0
        for subject_id, tokens, where in batch:
            if subject_id != held:
                held, number = subject_id, number_of(subject_id)
            document = Document()
            document.add_text("token", tokens)
            for each in where:
                document.add_text("where", each)
            document.add_unsigned("subject", number)
            writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
