"""Catalogue 资源目录: what the district holds, table by table.

A `Resource` is one table that a source delivers: its owner, share class, cycle and fields; each field is bound
to a data element and carries a security grade. The catalogue describes and never holds data: previews and
lineage are asked of the rooms above by those who show them. Start reading at `models`.
"""
