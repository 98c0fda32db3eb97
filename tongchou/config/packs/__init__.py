"""Packs 数据包: a district as data. Read, check everything at once, plan, apply.

`reader` turns a folder into rows that know their file and line; `checking` finds every problem; `applying`
hands each section to its room, which plans or writes. A pack may require others, found beside it or among those
that come with Tongchou.
"""

from .applying import apply, plan
from .checking import check
from .reader import Pack, read_pack

__all__ = ["Pack", "apply", "check", "plan", "read_pack"]
