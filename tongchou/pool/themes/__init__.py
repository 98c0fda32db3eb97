"""Theme tables 主题库 and marts: what a use needs of many departments, put together once and given out as one resource.

A theme has one row a subject of a population: columns from the base library and from resources, and a condition which
subjects are in it. A mart counts a theme by groups; groups of few are left out. Both are declared in the pack
(`themes.yaml`) and derived after link runs into a record log of their own, as if a department had delivered them: so they
have a history, stand in the catalogue with where they come from, and leave the pool by grants only, masked, marked and on
the ledger like every resource.

A theme never gives more than its sources: a closed resource is in none, a conditional one makes it conditional, and a
column has the grade and the mask of where it comes from.
"""

from __future__ import annotations

from .deriving import derive_all, forget

__all__ = ["derive_all", "forget"]
