"""A definition as an SVG picture: states as boxes, actions as labelled arrows, what time does dashed. Pure."""

from __future__ import annotations

import unicodedata
from html import escape

from tongchou.standards.text import Text

from ..definitions import Action, Definition, State
from .layout import Placed, Point, Routed, Size, Way, place

FONT, SMALL, LINE = 14.0, 12.0, 17.0
BOX_TEXT = 118.0
LABEL_TEXT = 108.0
MARGIN = 14.0

#: For pictures that stand alone; screens have the same rules in their style sheet.
STYLE = (
    ".flow-picture text{font-family:'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;fill:#1b2733}"
    ".flow-box{fill:#fff;stroke:#8fb0db;stroke-width:1.4}.flow-box.is-start{stroke:#1f5fbf;stroke-width:2.2}"
    ".flow-box.is-stands{fill:#fff3da;stroke:#c99a3c}.flow-box.is-children{fill:#eef4fc}"
    ".flow-box.is-accepted{fill:#e5f4ea;stroke:#2f8f55}.flow-box.is-refused{fill:#fdecea;stroke:#c96a63}"
    ".flow-box.is-withdrawn,.flow-box.is-lapsed{fill:#eceff2;stroke:#8594a1}"
    ".flow-box.is-here{fill:#1f5fbf;stroke:#184c9b;stroke-width:2.2}.flow-picture .is-here-text{fill:#fff}"
    ".flow-title{font-size:14px;font-weight:600}.flow-note{font-size:12px;fill:#55636f}"
    ".flow-way{fill:none;stroke:#5f7691;stroke-width:1.5}.flow-way.is-clock{stroke-dasharray:5 4;stroke:#a06a00}"
    ".flow-way.is-join{stroke-dasharray:2 3}.flow-way.is-gone{stroke:#1f5fbf;stroke-width:2.4}"
    ".flow-arrow{fill:#5f7691}.flow-label{font-size:12px}.flow-label-ground{fill:#fff;fill-opacity:.92}"
)


def draw(
    definition: Definition, *, language: str = "zh", down: bool = False, here: str = "", name: str = "flow",
    alone: bool = False,
) -> str:  # fmt: skip
    """The picture of a definition as one <svg> element.

    down: read from the top (for phones), else from the left. here: the state an instance is in. name: distinguishes the
    ids of several pictures on one page. alone: with its own style, for a file; on screens the page's style sheet has it.
    """
    boxes = {code: _Box(definition, state, language) for code, state in definition.states.items()}
    merged: dict[tuple[str, str], list[Action]] = {}
    for action in definition.actions.values():
        for source in action.sources:
            if source in boxes and action.to in boxes:
                merged.setdefault((source, action.to), []).append(action)
    labels = {pair: _label(actions, language) for pair, actions in merged.items()}
    ways = [Way(*pair, label=labels[pair][1]) for pair in merged if pair[0] != pair[1]]
    loops: dict[str, list[str]] = {}
    for (source, target), actions in merged.items():
        if source == target:
            loops.setdefault(source, []).extend(f"↺ {_said(action.title, language)}" for action in actions)
    for code, lines in loops.items():
        boxes[code].add(lines)
    placed = place({code: box.size for code, box in boxes.items()}, ways, start=definition.start, down=down)
    parts = [
        _way(routed, merged[(routed.way.source, routed.way.target)], down, name) for routed in placed.ways
    ]
    parts += [
        _label_text(routed, labels[(routed.way.source, routed.way.target)][0]) for routed in placed.ways
    ]
    parts += [box.draw(placed.nodes[code], here == code) for code, box in boxes.items()]
    return _frame(definition, placed, parts, language, name, alone)


class _Box:
    """A state's box: its title in lines, and what it waits for in small letters below."""

    def __init__(self, definition: Definition, state: State, language: str) -> None:
        self.state = state
        self.is_start = state.code == definition.start
        self.title = wrapped(_said(state.title, language), BOX_TEXT, FONT)
        self.notes: list[str] = []
        english = language.startswith("en")
        if state.limit is not None:
            self.notes.append(limit_in_words(state.limit.amount, state.limit.unit).say(language))
        if state.stands:
            self.notes.append("clock stands" if english else "时限暂停")
        if state.children is not None:
            word = {"all": Text("全部完成", "all"), "any": Text("任一同意", "any")}[state.children.join]
            inside = "inside: " if english else "子流程："
            self.notes.append(f"{inside}{state.children.flow} · {word.say(language)}")
        self._measure()

    def add(self, lines: list[str]) -> None:
        """More small lines below the title."""
        self.notes += lines
        self._measure()

    def _measure(self) -> None:
        self.notes = [piece for note in self.notes for piece in wrapped(note, BOX_TEXT, SMALL)]
        widest = max(
            [*(width(line, FONT) for line in self.title), *(width(note, SMALL) for note in self.notes), 60.0]
        )
        self.size: Size = (widest + 26, len(self.title) * LINE + len(self.notes) * 15 + 18)

    def draw(self, at: Point, here: bool) -> str:
        """Its rectangle and texts around the middle `at`."""
        wide, high = self.size
        x, y = at[0] - wide / 2, at[1] - high / 2
        kinds = ["flow-box"]
        if self.is_start:
            kinds.append("is-start")
        if self.state.end:
            kinds.append(f"is-{self.state.outcome}")
        if self.state.stands:
            kinds.append("is-stands")
        if self.state.children is not None:
            kinds.append("is-children")
        if here:
            kinds.append("is-here")
        radius = high / 2 if self.state.end else 7
        text = []
        line = y + 9 + FONT
        extra = " is-here-text" if here else ""
        for words in self.title:
            text.append(_text(at[0], line, words, f"flow-title{extra}"))
            line += LINE
        for words in self.notes:
            text.append(_text(at[0], line - 1, words, f"flow-note{extra}"))
            line += 15
        box = (
            f'<rect class="{" ".join(kinds)}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" '
            f'rx="{min(radius, 20):.1f}"/>'
        )
        return box + "".join(text)


def limit_in_words(amount: float, unit: str) -> Text:
    """A limit as people say it."""
    said = f"{amount:g}"
    plural = "" if amount == 1 else "s"
    return {
        "urgent_hours": Text(f"{said} 紧急工作时", f"{said} urgent hour{plural}"),
        "working_hours": Text(f"{said} 工作时", f"{said} working hour{plural}"),
        "working_days": Text(f"{said} 个工作日", f"{said} working day{plural}"),
        "natural_days": Text(f"{said} 个自然日", f"{said} natural day{plural}"),
    }[unit]


def width(text: str, size: float) -> float:
    """About how wide a text is: Chinese characters are as wide as high, others a little over half."""
    return sum(size if unicodedata.east_asian_width(one) in "WF" else size * 0.56 for one in text)


def wrapped(text: str, limit: float, size: float) -> list[str]:
    """A text in lines of at most `limit`, broken between words, or between Chinese characters."""
    pieces: list[str] = []
    for one in text:
        if pieces and not _breaks(pieces[-1][-1], one):
            pieces[-1] += one
        else:
            pieces.append(one)
    lines = [""]
    for piece in pieces:
        if lines[-1] and width((lines[-1] + piece).rstrip(), size) > limit:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return [line.strip() for line in lines if line.strip()][:4] or [""]


def _breaks(one: str, two: str) -> bool:
    if two in "）」』》，。、；：！？)" or one in "（「『《(":
        return False
    return (
        two == " " or unicodedata.east_asian_width(one) in "WF" or unicodedata.east_asian_width(two) in "WF"
    )


def _said(text: Text, language: str) -> str:
    return text.say(language)


def _label(actions: list[Action], language: str) -> tuple[list[str], Size]:
    """The lines on a way, and the room they take: one action a line, guarded ones with a diamond."""
    lines: list[str] = []
    for action in actions:
        lines += wrapped(("◇ " if action.guard else "") + _said(action.title, language), LABEL_TEXT, SMALL)
    widest = max(width(line, SMALL) for line in lines)
    return lines, (widest + 12, len(lines) * 15 + 4)


def _label_text(routed: Routed, lines: list[str]) -> str:
    x, y = routed.label_at
    wide, high = routed.way.label
    ground = (
        f'<rect class="flow-label-ground" x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" width="{wide:.1f}" '
        f'height="{high:.1f}" rx="4"/>'
    )
    top = y - high / 2 + 2 + SMALL
    return ground + "".join(
        _text(x, top + 15 * index, line, "flow-label") for index, line in enumerate(lines)
    )


def _way(routed: Routed, actions: list[Action], down: bool, name: str) -> str:
    """A smooth line through the way's points; before every bend it leaves in the direction of reading."""
    first, *rest = routed.points
    path = [f"M{first[0]:.1f} {first[1]:.1f}"]
    here = first
    for there in rest:
        if down:
            half = (there[1] - here[1]) / 2
            one, two = (here[0], here[1] + half), (there[0], there[1] - half)
        else:
            half = (there[0] - here[0]) / 2
            one, two = (here[0] + half, here[1]), (there[0] - half, there[1])
        path.append(f"C{one[0]:.1f} {one[1]:.1f} {two[0]:.1f} {two[1]:.1f} {there[0]:.1f} {there[1]:.1f}")
        here = there
    by = {action.by for action in actions}
    kind = f" is-{by.pop()}" if len(by) == 1 and by != {"people"} else ""
    return f'<path class="flow-way{kind}" d="{"".join(path)}" marker-end="url(#{name}-arrow)"/>'


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(words)}</text>'


def _frame(
    definition: Definition, placed: Placed, parts: list[str], language: str, name: str, alone: bool
) -> str:
    wide, high = placed.width + 2 * MARGIN, placed.height + 2 * MARGIN
    title = escape(_said(definition.title, language))
    style = f"<style>{STYLE}</style>" if alone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flow-picture" role="img" aria-label="{title}" '
        f'viewBox="{-MARGIN:.0f} {-MARGIN:.0f} {wide:.0f} {high:.0f}" width="{wide:.0f}" height="{high:.0f}">{style}'
        f'<defs><marker id="{name}-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path class="flow-arrow" d="M0 0 8 4 0 8z"/></marker></defs>'
        + "".join(parts)
        + "</svg>"
    )
