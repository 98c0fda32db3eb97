"""The engine room of the pool: files, and DuckDB over them. No Django, no server, no shared database file.

`raw`         the bytes a department delivered, kept under the digest of their content
`log`         the record log: per resource one append-only, bitemporal Delta Lake table (ADR 3)
`commits`     how files become part of a log: all of a delivery or nothing
`connection`  DuckDB in memory, with a memory limit, a place to spill and a number of threads
`locks`       one writer per resource; the operating system lets go of the lock when the writer dies

`states`      what a log holds as of a day and an instant, as one query
`removal`     the one way by which a log loses rows: somebody was erased

Invariants. A log is only ever appended to, but for erasing; compaction changes files, never rows. Many processes read while
one writes: a reader holds a list of files, and files are removed a day after they were replaced. No DuckDB
file is shared between processes. Nothing here may be used across a fork (the Delta runtime has threads):
workers are spawned.
"""
