"""Pool 数据池: everything the district knows, kept with its history, linked into one file per subject.

Terms
    record      one row of one department's table, known by (resource, source key). Its versions are in the record
                log (`engine`): append-only, with the days it was true on and the instant we learned it.
    population  关联库: the subjects of one kind among whom records are linked (usually people, enterprises).
    subject     主体: whom records are about. Its id is opaque (P… for people, E… for enterprises), says nothing
                about the person and stays the same from run to run as long as most of its records stay together.
    link        关联: that a record is about a subject, with how, a score and a sentence. Links are derived; a
                steward's judgement is stored, and the next run obeys it. So every merge can be undone.
    base        基础库: per subject the best value of each attribute, with where it came from (`base`).
    document    all versions of all records of one subject, compressed and encrypted in the serving index.

The way of a record: log → `identities` (one table to compare) → `linkage` (pure) → `subjects.assign` (stable ids)
→ `links` (published at once or not at all) → `base` → `serving` (documents of changed subjects). `linking` walks
it. What was true on a day, what contradicts what, what happened when are decided in `rules` on a document,
without any database.

Invariants
    The log never changes, but that an erased person goes from it, and from everything else (`erasing`).
    Links, base and serving index can be thrown away and rebuilt from it.
    A reader sees the links and the index of one finished run, never of a half-finished one.
    Nobody outside this room and `exchange` reads a document: `use` cannot import `pool`.
Start reading at `linking`, then `rules`.
"""
