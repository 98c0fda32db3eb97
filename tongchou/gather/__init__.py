"""Gather 汇: how what departments know comes in.

A `Source` is one department system; a connector in `sources/` knows how to reach its kind. A `Mapping` says how
a source delivers a resource. Each item found there (a file, a table's state) becomes one `Delivery`, which
`pipeline` takes through its phases: read, shape, standardise, check, divide, append. Rows that fail a check are
set aside whole, with the reasons, and never lost; what passes is appended to the record log of `pool`.

Invariants: a delivery is all in the log or not at all; killed anywhere it continues; delivered again it changes
nothing. Start reading at `pipeline` and `actions.deliveries`.
"""
