"""Erasing 删除: who removes what, in which order. Rooms above, and other parts of the pool, hook in here.

A person's data lies in many places: versions in the record log, the delivered bytes, quarantine, links, base library,
documents, search entries, relations, files. Each place has one eraser, registered under a name:

    from tongchou.pool import erasing

    def erase_entries(target: erasing.Target) -> int: ...
    erasing.register("search", erase_entries, label=Text("检索条目", "search entries"))

An eraser removes everything of the target from its place, physically, and returns how many things it removed. It is
called outside any transaction, by one process at a time, and again from its beginning when that was killed: what is
gone already must not trouble it. When what it needs is in use it raises HouseError; it is then called again later.
Nothing it says may hold a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tongchou.standards import hooks
from tongchou.standards.text import Text


@dataclass(frozen=True)
class Target:
    """What is to be removed. Personal: never logged.

    number: of the erasure. ids: the subject's id and every id merged into it; empty where only records go. records:
    (resource, source key) of each record. affected: further subjects who lose some of these records and stay. numbers:
    (attribute, value) of identity numbers, passports and credit codes the subject is known by. population: of both.
    beside: the same records as other populations know them: a person's home is in that of places.
    """

    number: str
    population: str
    records: tuple[tuple[str, str], ...]
    ids: tuple[str, ...] = ()
    affected: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    beside: tuple[Target, ...] = ()

    @property
    def everywhere(self) -> tuple[Target, ...]:
        """This one and those beside it, of each population one."""
        return (self, *self.beside)

    def keys_of(self, resource: str) -> list[str]:
        """The source keys of the records of one resource."""
        return [key for code, key in self.records if code == resource]

    @property
    def resources(self) -> list[str]:
        """The resources that have records of it, in order."""
        return sorted({code for code, _ in self.records})


Eraser = Callable[[Target], int]


@dataclass(frozen=True)
class Step:
    """One registered eraser. order: smaller is earlier; label: what it removes, in words; by_population: whether it goes
    through one population at a time, and so through each that knows the records."""

    name: str
    erase: Eraser
    label: Text
    order: int
    by_population: bool

    def carry_out(self, target: Target) -> int:
        """Erase; how much went."""
        if not self.by_population:
            return self.erase(target)
        return sum(self.erase(each) for each in target.everywhere if each.population)


_steps: dict[str, Step] = {}


def register(
    name: str, function: Eraser, *, label: Text | None = None, order: int = 50, by_population: bool = False
) -> None:
    """Have `function` called for every erasure; by_population: for each population that knows the records, with the
    target as that population has it. A name registered again replaces the one before.

    order: the log is 10, links and base 20, documents 30; what derives from documents 50 (search, relations, files);
    what gather keeps 60, what the exchange keeps 70.
    """
    _steps[name] = Step(name, function, label or Text(name, name), order, by_population)


def steps() -> Iterator[Step]:
    """The registered erasers in the order in which they are called."""
    hooks.settle(__name__)
    return iter(sorted(_steps.values(), key=lambda each: (each.order, each.name)))
