"""Dates and numbers as both languages of the house write them."""
