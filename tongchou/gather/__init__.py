"""Gather 汇: what departments deliver becomes checked rows of the record log, or quarantine with reasons."""
