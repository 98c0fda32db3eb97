"""Hooks between rooms that are found only when they are wanted.

A room below keeps a registry: what an erasure removes, what a flow's step brings about, what stands on a desk. Rooms
above fill it. Were their modules imported at start, every command would wait for all of them; so a room only names them
(`later`), and their `register()` is called before the registry is first read (`settle`).
"""

from __future__ import annotations

from importlib import import_module
from threading import RLock

#: Registry (the module that keeps it) → modules whose `register()` is still to be called.
_waiting: dict[str, list[str]] = {}
_lock = RLock()


def later(registry: str, *modules: str) -> None:
    """Have `register()` of these modules called before the registry is read; from an AppConfig.ready()."""
    with _lock:
        _waiting.setdefault(registry, []).extend(modules)


def settle(registry: str) -> None:
    """Call what waits for a registry; it does so with its own name before it is read."""
    if registry not in _waiting:
        return
    with _lock:
        for module in tuple(_waiting.get(registry, ())):
            import_module(module).register()
            _waiting[registry].remove(module)
        _waiting.pop(registry, None)


def registries() -> list[str]:
    """The registries that something waits for."""
    return sorted(_waiting)
