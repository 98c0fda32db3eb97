"""Screens of the pool. None of them shows a value of a record: that is the exchange's."""
