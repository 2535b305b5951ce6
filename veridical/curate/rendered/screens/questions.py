"""Questions on screens: state, text, place and number of controls."""

from __future__ import annotations

import numpy as np

from veridical.curate.rendered.asked import Asked, Slip, exact, number, short, verdict
from veridical.curate.rendered.documents.contents import one_of
from veridical.curate.rendered.screens.window import Control, Screen
from veridical.curate.rendered.slips import misread, misspelt, similar_words
from veridical.records.record import Answer

CALLED = {
    "checkbox": "checkbox",
    "switch": "switch",
    "radio": "option",
    "button": "button",
    "field": "field",
    "list": "list",
    "tab": "tab",
    "menu": "menu",
    "item": "menu item",
    "place": "sidebar entry",
    "file": "file",
    "tool": "button",
}
ONES = {"checkbox": "checkboxes", "switch": "switches", "radio": "options"}


def alone(screen: Screen) -> list[Control]:
    """Controls whose kind and name stand once, so that a question means one of them."""
    keys = [(one.kind, one.name) for one in screen.controls]
    return [one for one, key in zip(screen.controls, keys, strict=True) if keys.count(key) == 1]


def apart(one: Control, other: Control) -> bool:
    """Whether two boxes have no point in common."""
    return one.box[2] <= other.box[0] or other.box[2] <= one.box[0] or one.box[3] <= other.box[1] or other.box[3] <= one.box[1]


def nearest(screen: Screen, one: Control) -> list[Control]:
    """The other controls that do not overlap with this one, the nearest first."""
    return sorted(
        (other for other in screen.controls if other is not one and apart(one, other)), key=lambda other: sum(abs(a - b) for a, b in zip(one.box, other.box, strict=True))
    )


def alike(screen: Screen, one: Control) -> list[Control]:
    """Other controls of the kind with a name that shares a word."""
    words = set(one.name.lower().split())
    return [other for other in screen.of(one.kind) if other is not one and apart(one, other) and words & set(other.name.lower().split())]


def checked(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """Whether a box is ticked or a switch is on, yes and no with the same chance."""
    yes, known = bool(rng.random() < 0.5), [one for one in alone(screen) if one.kind in ("checkbox", "switch")]
    both = [[one for one in known if one.on == state] for state in (True, False)]
    if not all(both):
        return None
    one = both[0 if yes else 1][int(rng.integers(len(both[0 if yes else 1])))]
    said = "switched on" if one.kind == "switch" else "checked"
    near = [other for other in [*alike(screen, one), *nearest(screen, one)] if other.kind == one.kind and other.on != one.on]
    rule, reason = ("similar label", f'the state of "{near[0].name}" was read') if near and rng.random() < 0.5 else ("unchecked for checked", "its state was misread")
    return verdict("checked", f'Is the {CALLED[one.kind]} "{one.name}" {said}?', yes, rule, reason)


def enabled(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """Whether a button or an entry can be used, yes and no with the same chance."""
    yes, known = bool(rng.random() < 0.5), [one for one in alone(screen) if one.kind in ("button", "item", "checkbox", "switch")]
    both = [[one for one in known if one.enabled == state] for state in (True, False)]
    if not all(both):
        return None
    one = both[0 if yes else 1][int(rng.integers(len(both[0 if yes else 1])))]
    return verdict("enabled", f'Is the {CALLED[one.kind]} "{one.name}" enabled (not greyed out)?', yes, "disabled for enabled", "its state was misread")


def chosen(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """Which of a group is chosen: an option, a tab, an entry, a row."""
    groups = {(one.kind, one.group) for one in screen.controls if one.kind in ("radio", "tab", "place", "file") and one.on}
    if not groups:
        return None
    kind, group = sorted(groups)[int(rng.integers(len(groups)))]
    known = [one for one in screen.of(kind) if one.group == group]
    if sum(bool(one.on) for one in known) != 1:
        return None
    at = next(place for place, one in enumerate(known) if one.on)
    asked = f'Which option is selected under "{group}"?' if kind == "radio" else f"Which {CALLED[kind]} is {'open' if kind == 'tab' else 'selected'}?"
    slips = [(known[other].name, "neighbouring control", f"{known[other].name} stands beside it") for other in (at - 1, at + 1) if 0 <= other < len(known)]
    return short("selected", asked, exact(known[at].name), slips)


def value(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """What stands in a field or a column."""
    known = [one for one in alone(screen) if one.value]
    if not known:
        return None
    one = known[int(rng.integers(len(known)))]
    slips = misread(one.value, rng)[:2] if any(sign.isdigit() for sign in one.value) else [*misspelt(one.value, rng), *similar_words(one.value, rng)]
    slips += [
        (other.value, "neighbouring control", f"the text beside {other.name} was read") for other in screen.controls if other is not one and other.kind == one.kind and other.value
    ]
    asked = {"item": f'Which shortcut is shown for the menu item "{one.name}"?', "file": f'What is the size of "{one.name}"?'}.get(
        one.kind, f'What does the {CALLED[one.kind]} "{one.name}" show?'
    )
    return short("value", asked, exact(one.value), slips)


def counted(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """How many boxes are ticked, or how many entries are greyed out."""
    known = screen.of("checkbox", "switch")
    if known:
        right, whole = sum(bool(one.on) for one in known), len(known)
        asked = f"How many {ONES[known[0].kind]} are {'switched on' if known[0].kind == 'switch' else 'checked'}?"
    else:
        known = screen.of("item")
        if not known:
            return None
        right, whole, asked = sum(not one.enabled for one in known), len(known), "How many items of the open menu are greyed out?"
    slips: list[Slip] = [
        (str(right + 1), "one counted twice", "one more was counted"),
        (str(right - 1) if right else "", "one missed", "one was not counted"),
        (str(whole - right), "unchecked for checked", "the others were counted"),
    ]
    return short("state count", asked, number(float(right)), slips)


def number_of(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """How many controls of a kind there are."""
    kinds = sorted({one.kind for one in screen.controls if one.kind in ("tab", "item", "file", "checkbox", "switch")})
    if not kinds:
        return None
    kind = kinds[int(rng.integers(len(kinds)))]
    right = len(screen.of(kind))
    names = {
        "tab": "tabs are there",
        "item": "items does the open menu have",
        "file": "files are listed",
        "checkbox": "checkboxes are there",
        "switch": "switches are there",
    }
    slips = [(str(right + 1), "one counted twice", "one more was counted"), (str(right - 1) if right > 1 else "", "one missed", "one was not counted")]
    return short("count", f"How many {names[kind]}?", number(float(right)), slips)


def box_of(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """Where a control is."""
    known = alone(screen)
    one = known[int(rng.integers(len(known)))]
    similar = alike(screen, one)
    slips = [(other.written, "similar label", f'the box of "{other.name}" was given') for other in similar[:1]]
    slips += [(other.written, "neighbouring control", f'the box of "{other.name}" was given') for other in nearest(screen, one)[:2]]
    return short("box", f'Where is the {CALLED[one.kind]} "{one.name}"?', Answer(type="boxes", value=one.written), slips)


def at_box(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """What stands in a box."""
    known = alone(screen)
    one = known[int(rng.integers(len(known)))]
    slips = [(other.name, "neighbouring control", f'"{other.name}" stands beside it') for other in nearest(screen, one)[:2]]
    slips += misspelt(one.name, rng)
    return short("label", f"What is the name of the {CALLED[one.kind]} in the box {one.written} (pixels, [x1, y1, x2, y2])?", exact(one.name), slips)


def below(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """Which of its kind comes next."""
    kinds = sorted({one.kind for one in screen.controls if one.kind in ("checkbox", "switch", "item", "file", "place", "tab", "button")})
    kind = one_of(rng, kinds) if kinds else ""
    known = sorted(screen.of(kind), key=lambda one: (one.box[0], one.box[1]) if kind in ("tab", "button") else (one.box[1], one.box[0]))
    names = [one.name for one in known]
    if (
        len(known) < 3
        or len(set(names)) < len(names)
        or (kind in ("tab", "button") and len({one.box[1] for one in known}) > 1)
        or (kind not in ("tab", "button") and len({one.box[0] for one in known}) > 1)
    ):
        return None
    at = int(rng.integers(len(known) - 1))
    where = "directly to the right of" if kind in ("tab", "button") else "directly below"
    slips = [(names[other], "neighbouring control", f"{names[other]} stands elsewhere") for other in (at - 1, at + 2) if 0 <= other < len(names)]
    return short("position", f'Which {CALLED[kind]} is {where} "{names[at]}"?', exact(names[at + 1]), slips)


def heading(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """What the title bar says."""
    return short("title", "What does the title bar of the window say?", exact(screen.title), [*misspelt(screen.title, rng), *similar_words(screen.title, rng)])
