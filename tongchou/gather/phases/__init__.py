"""The phases of a delivery, one small module each; `gather.pipeline` lists them in order.

- `read`: batches of the connector, gathered into parts of some tens of megabytes
- `shape`: columns as delivered become fields as planned; blank rows fall away
- `standardise`: text becomes standard value and problem; quick forms as vector code (`quick`), everything
  else in Python (`slow`)
- `correct`: what was corrected stays so while the source still brings the old value
- `check`: what is required, what is a key, what is fatal
- `divide`: each part into kept rows and quarantine, both on disk; its quality is counted (`quality`)
- `unify`: rows that repeat a key: alike are one, unlike are quarantined
- `append`: what differs from the log becomes part of it, in one commit

A part passes from `shape` to `divide` in a thread of its own, some parts side by side (`gather.parts`). A
finished part lies in `<data>/staging/<delivery>/` with a note of where the next one begins (`staging`): a
load that was killed goes on there.
"""
