"""The sample district: people who do not exist, in the files of departments that write as real ones do.

`generate` invents a district of any size by seed and writes what its offices would deliver: a folder for
each of their systems, in its own format, columns, codes and dates, with the mistakes clerks make at set
rates (`dirt.Rates`). Two deliveries are nineteen days apart, so that there is history. What is true stands
apart under `truth/`: whom each row is about (`people.parquet`, `enterprises.parquet`), the people
themselves (`persons.parquet`), and every slip (`dirt.parquet`).

All names, numbers, phones and homes are drawn at random; the identity numbers are well formed and nobody's.

Start with `delivery.py` (the whole way), then `people.py` (the block that everything agrees with) and one of
`offices/`. The room is pure: numpy and Arrow, no Django; columns are made whole, never row by row.
"""

from .delivery import Summary, generate
from .dirt import Rates

__all__ = ["Rates", "Summary", "generate"]
