"""Passwords in the tests' own processes: the same hash as in the product, at the least cost it can be set to."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 that takes no time and no memory, and so protects nothing."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
