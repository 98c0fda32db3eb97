"""水印: marks in exported copies that name the export a leaked copy was made for.

A copy is marked by choices between forms that say the same (`carriers`): which sign hides a masked character, how a
full date or an amount is punctuated, the width of digits in an address. What others are found by, a name, a number, a
code, is never touched, and nobody is invented. Each choice hangs on the cell alone: a secret of the export and the
cell's own text decide it. So a mark survives sorting, renamed and dropped columns and samples, and is read without the
data it was made from.

The choices are a discrete Tardos code (`code`): whoever is innocent has chosen independently of the leaked file, which
bounds the probability of naming them exactly, whatever the file holds. Two who mix their copies are both found; the code
is dimensioned for up to four who do so cleverly. Ids that differ by recipient (`pseudonyms`) name the recipient too.

Pure: no table, no setting; keys are given. Start reading at `code`, then `carriers`. What may and may not be expected of
it is told in docs/explanation/watermarks.md.
"""
