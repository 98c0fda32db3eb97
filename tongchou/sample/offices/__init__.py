"""The departments' systems: what each knows of the people and enterprises of a block, in its own words.

Every module has functions from a `Desk` (a block, its trade and the slips of its clerks) to `Sheet`s. A
sheet is a piece of one delivered file; the truth (whom each row is about) travels beside it and is written
elsewhere.
"""
