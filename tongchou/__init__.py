"""统筹 Tongchou: the data platform a Chinese district government runs itself.

The tree follows the life of data. `gather` (汇) takes in what departments know; `pool` (存) keeps it, with its
history, linked into one file per person, company and place; `exchange` (转) is the only door through which
anyone reads it, under a grant, masked, with a trace nobody can alter; `use` (用) is what the district does
with it. Start reading at `standards`, then follow a row: `gather.pipeline`, `pool.engine`, `pool.linkage`,
`exchange.actions`.
"""

__version__ = "0.1.0"
