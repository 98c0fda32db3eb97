"""Linkage 关联: which records, from sources that never agreed, are about one person or enterprise.

This is what the pool is for. A register has the number and the old home, a clinic the new phone and a name
as it was heard, a school the guardian's phone; nobody has a common key. The way of a record, one module a
step:

- `households`, `reading` – housemates and relatives are gathered, a parent's number is put where it belongs, and what
  stands for nothing (one number on a whole source) is taken out;
- `identities` – columns are folded (`kinds/`: names, numbers, dates, homes, phones, enterprises), distinct
  values numbered, what is common counted (`census`); records that say the same become one identity;
- `candidates` – pairs that share a blocking key, bounded per record;
- `compare` – a level per column, its weight in bits, their sum, and a sentence (Fellegi–Sunter weights,
  rarity of the shared value counted from the records at hand);
- `sure` – what the model says joins whatever the rest (one valid number and one name);
- `cluster` – joins grow from the surest outwards; clusters are weighed as wholes; what contradicts stays
  apart;
- `steady`, `plausible` – what two records here and two there contradict is no slip; what no weight joins (twins); a
  cluster that cannot be one person is taken apart;
- `judgements` – a steward's "same" and "different" override, contradictions are reported;
- `decide` – edges with how, score and words; doubtful pairs go to review, most useful first.

`linking` goes that way over all records, `relinking` over those that changed (`merging`, `changes`) and what hangs
together with them, from what the last run left (`state`, on disk `stored`), and finds the same: tested by property.

Terms: a *score* is log2 odds in bits: 0 is even, 10 a thousand to one. A *level* is the outcome of
comparing one column. The *census* says what is common; it is counted by a full run and kept. A *part* is what hangs
together by promising pairs: everything is decided inside parts. Parameters are frozen in `models/*.yaml`
(`load_model`); nothing learns in production: `training` proposes bits from a district's own records, and a steward
adopts them or not.
Invariants: the result does not depend on the order of rows; linking what changed gives what linking everything
under the same census would; agreeing on one more value never lowers a score (but for a parent's number on a child's
record, which shows who is whose); what one side does not say does not count against it; a stored "different" is
never joined, not even through others. Start reading at `linking`.
"""

from .compare import Comparison, Part, compare, probability
from .judgements import Judgement
from .linking import LinkResult, link
from .model import LinkageModel, load_model
from .relinking import relink
from .state import State

__all__ = [
    "Comparison",
    "Judgement",
    "LinkResult",
    "LinkageModel",
    "Part",
    "State",
    "compare",
    "link",
    "load_model",
    "probability",
    "relink",
]
