"""The board's list: ten thousand checks under their headings, the worst on top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.paint import Line, cells, clip, fit
from tui.picture import Changes
from tui.scene import Scene
from tui.tree import PROBLEMS, SHOWN, Item, Tree, shown, tree
from tui.widgets.line_list import LineList
from tui.words import STATES
from uptime.schema import BoardRow

# Changes are gathered: no eye follows more than this, and each drawing costs the link.
GATHER_S = 0.15


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths; 0 leaves a column out."""

    state: int
    name: int
    since: int
    value: int
    marks: int
    group: int = 0
    target: int = 0
    incident: int = 0
    age: int = 0


@lru_cache(maxsize=32)
def columns(width: int, language: str) -> Columns:
    """How a width is shared out. The state's word, the name and the time are never left out."""
    at = 0 if language == "id" else 1
    state = 2 + max(cells(pair[at]) for name, pair in STATES.items() if name != "none")
    room = width - 2
    if width < 60:
        state = min(state, 11)
        name = room - state - 1 - 9
        return Columns(state, max(4, name), 8, 0, 0)
    marks = 10 if width < 100 else 16
    group, target = (14 if width >= 100 else 0), (26 if width >= 130 else 0)
    incident, age = (9 if width >= 150 else 0), (9 if width >= 165 else 0)
    fixed = (state, 8, marks, group, target, incident, age)
    room -= sum(each + 1 for each in fixed if each)
    name = min(34, room * 11 // 20)
    value = room - name - 1
    if value > 60:
        name = min(48, name + value - 60)
        value = room - name - 1
    return Columns(state, name, 8, value, marks, group, target, incident, age)


def heading(scene: Scene, width: int) -> Line:
    """The titles over the columns."""
    shape, words = columns(width, scene.language), scene.words
    line: Line = [("  ", "faint"), (fit(words("state"), shape.state), "faint")]
    for key in ("name", "group", "since", "value", "target", "marks", "incident", "age"):
        size = getattr(shape, key)
        if size:
            right = key in {"since", "age"}
            line.append((" " + fit(words(key), size, right=right), "faint"))
    return line


def check_line(scene: Scene, row: BoardRow, width: int, *, here: bool) -> Line:
    """One check."""
    shape = columns(width, scene.language)
    state = shown(row)
    calm = state in {"up", "paused"}
    handled = not calm and ("acknowledged" in row.overlays or "unreachable" in row.overlays)
    loud = row.state == "down" and not handled
    sign, word = scene.sign(state)[:2], scene.sign(state)[2:]
    line: Line = [
        ("▌" if here else " ", "accent"),
        (" ", "text"),
        (sign, state),
        (fit(word, shape.state - len(sign)), "muted" if calm else state),
        (" " + fit(row.name, shape.name), "strong" if loud else "muted" if handled else "text"),
    ]
    if shape.group:
        line.append((" " + fit(row.group or "", shape.group), "muted"))
    line.append((" " + fit(scene.since(row.since), shape.since, right=True), "muted"))
    if shape.value:
        plain = row.fresh and not handled
        line.append((" " + fit(scene.value(row), shape.value), "text" if plain else "muted"))
    if shape.target:
        line.append((" " + fit(row.target, shape.target), "muted"))
    if shape.marks:
        line.append((" " + fit(scene.marks(row), shape.marks), "accent"))
    if shape.incident:
        line.append((" " + fit(row.incident or "", shape.incident), "muted"))
    if shape.age:
        line.append((" " + fit(scene.since(row.last_result), shape.age, right=True), "muted"))
    return line


def group_line(
    scene: Scene, group: str, found: Tree, width: int, *, here: bool, folded: bool
) -> Line:
    """A heading: its name and what is under it, by state."""
    problems = group == PROBLEMS
    name = scene.words("problems") if problems else group
    line: Line = [
        ("▌" if here else " ", "accent"),
        ("▸ " if folded else "▾ ", "muted"),
        (clip(name, max(4, width - 24)), "title"),
        ("  ", "text"),
    ]
    counts = found.counts[group]
    if problems and not any(counts.values()):
        line[2:] = [("✓ " + scene.words("all_well"), "up")]
    for state in SHOWN:
        if counts[state]:
            sign = scene.sign(state)[0]
            line.append((f"{sign} {counts[state]}  ", state if state != "up" else "muted"))
    return line


class CheckList(LineList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "fold", "k_fold", show=False, key_display="␣ ← →"),
        Binding("left", "fold(True)", "k_fold", show=False, key_display="␣ ← →"),
        Binding("right", "fold(False)", "k_fold", show=False, key_display="␣ ← →"),
    ]

    def __init__(self, scene: Scene, key: str) -> None:
        super().__init__(key)
        self._scene = scene
        self._tree = Tree()
        self._folded: set[str] = set()
        self._wanted: Callable[[BoardRow], bool] | None = None
        self._key: Item | None = None  # where the cursor stands; None: nobody has moved it yet
        self._due = False
        self._order = True

    # What is shown

    @property
    def count(self) -> int:
        return len(self._tree.items)

    @property
    def shown(self) -> int:
        """How many checks pass the filter."""
        return len(self._tree.group_of)

    def row(self) -> BoardRow | None:
        """The check under the cursor."""
        item = self._item()
        return None if item is None or item[0] else self._scene.picture.rows.get(item[1])

    def line(self, index: int, width: int) -> Line:
        heading_, key = self._tree.items[index]
        here = index == self.cursor
        if heading_:
            folded = key in self._folded and self._wanted is None
            return group_line(self._scene, key, self._tree, width, here=here, folded=folded)
        row = self._scene.picture.rows.get(key)
        return [] if row is None else check_line(self._scene, row, width, here=here)

    def show(self, changes: Changes) -> None:
        """Drawn within GATHER_S, with whatever else changes until then."""
        self._order = self._order or changes.order
        if not self._tree.items:
            self._flush()
        elif not self._due:
            self._due = True
            self.set_timer(GATHER_S, self._flush)

    def narrow(self, wanted: Callable[[BoardRow], bool] | None) -> None:
        """Another filter: to the first that matches; without one, the cursor keeps its check."""
        self._wanted = wanted
        self._key = self._item() if wanted is None else None
        self.rebuild()

    def rebuild(self) -> None:
        """Sorts anew and keeps the cursor on its check, or on the worst."""
        self._order = False
        self._tree = tree(self._scene.picture.rows, self._folded, self._wanted)
        items = self._tree.items
        self.cursor = self._found(items)
        self.resized()
        self._reveal()
        self.post_message(self.Moved())

    def _found(self, items: list[Item]) -> int:
        if self._key is not None:
            try:
                return items.index(self._key)
            except ValueError:
                group = (True, self._tree.group_of.get(self._key[1], ""))
                if group in items:  # its group is folded
                    return items.index(group)
                return max(0, min(self.cursor, len(items) - 1))
        return next((at for at, (heading_, _) in enumerate(items) if not heading_), 0)

    def _flush(self) -> None:
        self._due = False
        if self._order:
            self.rebuild()
        else:
            self.redraw_visible()
            self.post_message(self.Moved())

    # Keys

    def moved(self) -> None:
        self.stay()
        super().moved()

    def stay(self) -> None:
        """From now on the cursor keeps to its check, wherever that goes."""
        self._key = self._item()

    def action_open(self) -> None:
        self.stay()
        item = self._item()
        if item is not None and item[0]:
            self.action_fold()
        else:
            super().action_open()

    def action_fold(self, shut: bool | None = None) -> None:
        """The group of the cursor; without a side, the other one."""
        item = self._item()
        if item is None or self._wanted is not None:
            return
        group = item[1] if item[0] else self._tree.group_of[item[1]]
        if shut is None:
            shut = group not in self._folded
        self._folded.discard(group)
        if shut:
            self._folded.add(group)
        self._key = (True, group) if shut else item
        self.rebuild()

    def _item(self) -> Item | None:
        items = self._tree.items
        return items[self.cursor] if self.cursor < len(items) else None
