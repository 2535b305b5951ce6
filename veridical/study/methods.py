"""The index of papers: every preference method, its formula, its numbers beside the published ones, and what is not known.

    python -m veridical.study.methods docs/methods.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from veridical.objectives.find import aliases, methods
from veridical.objectives.method import Method
from veridical.objectives.published import Code, Finding, Golden, Published, Setting, ours, published
from veridical.objectives.settings import Number, numbers

USUAL: Mapping[str, Number] = {"relative": True, "mean": False, "changed": 1.0, "tail": 1.0, "margin": 0.0, "smoothing": 0.0, "weight": 1.0}
"""Numbers that say nothing when they are so."""
NOT_VERIFIED = "*not verified*"
ADDRESSES = {"arXiv:": "https://arxiv.org/abs/", "openreview:": "https://openreview.net/forum?id="}

INTRODUCTION = """\
# Preference methods

Every method that `train` can use, by the name that a recipe gives it. Made from the declarations in `veridical/objectives/preference/` and the facts in
`veridical/objectives/published/` by `make methods`.

| symbol | is |
|---|---|
| S(v) | the policy's log-probability of view v, summed over the answer's tokens and its end of turn; S_ref(v) the reference's |
| r(v) | S(v) − S_ref(v); with "mean", divided by the number of tokens |
| r(v)^(γ=…), r(v)^(tail …), r(v)^(marked) | the same with weights on changed tokens, on those beyond the shorter answer's length, on those that annotators marked |
| ρ_t(v) | r of the token at position t alone |
| D(v) | KL from reference to policy, over the whole vocabulary, summed over the answer's positions |
| Δ | r(chosen) − r(rejected) |
| NLL(v) | −S(v), per token of the step, divided by its own length, or summed |
| σ, sg | the logistic function; what follows carries no gradient |
| chosen, rejected, gold | a record's better and worse response, and a supervised target |
| other, auxiliary | the next record's chosen response after this record's prompt; an answer of another stream of records |
| v@corrupted, v@similar, v@blank | the response read against the picture made worse, another picture like it, or none |

A loss is the mean over the pairs of the whole step. *Here* is the number that the method has before a recipe changes it (`method_settings`), *published* what its source has;
where both differ the table says so.
What is marked *not verified* could not be compared with its source and must not be quoted as the paper's.
Results are those of the papers, of their own models, data, judges and versions of benchmarks: they do not compare across papers, nor with ours.

Golden numbers are the mean and each loss of two pairs, computed without this package: S(chosen) −40, −33 (20 and 15 tokens), S(rejected) −55, −28 (25, 14),
S(chosen@corrupted) −48, −36 (20, 15); under the reference −42, −30; −50, −29; −46, −34.5. D(chosen) 1.2, 0.8; D(rejected) 2.0, 1.1; WPO's a(chosen) −0.3, −0.2, a(rejected) −0.5, 0.4; margins 1, 3.
"""


def page(known: Mapping[str, Method], shared: Mapping[str, str], facts: Mapping[str, Published]) -> str:
    """The Markdown page. `shared` says whose objective an alias has. Errors: KeyError for a method without facts."""
    names = sorted(known)
    lines = [INTRODUCTION, f"## Overview\n\n{len(names) - len(shared)} objectives; {len(shared)} published methods share one of them and differ in data or reference.\n"]
    lines += table(("name", "title", "paper", "reference", "views", "alias of"), [overview(known[name], shared.get(name, ""), facts[name]) for name in names])
    lines += [line for name in names for line in section(known[name], shared.get(name, ""), facts[name])]
    return "\n".join(lines) + "\n"


def everything() -> str:
    """The page of all methods and aliases."""
    shared = {alias.name: method.name for method in methods().values() for alias in method.aliases}
    return page({**methods(), **aliases()}, shared, published())


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *([cell.replace("|", "\\|") for cell in row] for row in rows))]


def overview(method: Method, alias_of: str, facts: Published) -> list[str]:
    """A row of the overview."""
    return [f"[`{method.name}`](#{method.name})", facts.title, address(method.paper), reference(method), views(method), f"[`{alias_of}`](#{alias_of})" if alias_of else ""]


def address(paper: str) -> str:
    """A paper, with a link where it has an address."""
    for scheme, start in ADDRESSES.items():
        if scheme in paper:
            name = paper[paper.index(scheme) :].split()[0]
            return paper.replace(name, f"[{name}]({start}{name.removeprefix(scheme)})")
    return f"[{paper}](https://{paper})" if paper.endswith(".pdf") else paper


def reference(method: Method) -> str:
    """Whether one is needed, and which kind."""
    return method.reference or ("yes" if method.needs_reference else "no")


def views(method: Method) -> str:
    """What must be computed."""
    return ", ".join(map(str, method.views))


def section(method: Method, alias_of: str, facts: Published) -> Iterator[str]:
    """All about one method."""
    yield f"\n## {method.name}\n\n**{facts.title}**, {address(method.paper)}" + (f"; the objective of [`{alias_of}`](#{alias_of})" if alias_of else "") + ".\n"
    yield f"    {method.formula}\n"
    yield from (f"- {name}: {text}" for name, text in said(method, facts) if text)
    if facts.settings:
        yield ""
        yield from table(("setting", "here", "published", "of", "source"), [setting(one, method) for one in facts.settings])
    if facts.results:
        yield ""
        yield from table(("benchmark", "of", "before", "after", "source"), [finding(one) for one in facts.results])


def said(method: Method, facts: Published) -> Iterator[tuple[str, str]]:
    """What stands in a section's list, by name; what is empty is left out."""
    yield "In short", method.note
    yield "Reference", reference(method)
    yield "Views", views(method)
    yield "Pairs must state", ", ".join(method.facts)
    yield "Corruption", ", ".join(str(value) if name == "op" else f"{name} {value}" for name, value in (method.corruption or {}).items())
    yield "Objective", facts.objective.where + mark(facts.objective.verified)
    yield "Code", repository(facts.code)
    yield "Paper and code", facts.differs
    yield "Followed", facts.follows
    yield "Records", facts.data
    yield "Numbers here", ", ".join(f"`{name}` {shown(value)}" for name, value in telling(method).items())
    yield "Golden", "; ".join(map(golden, facts.golden))
    yield "Not known", " ".join(facts.gaps)


def mark(verified: bool) -> str:
    """What follows a fact."""
    return "" if verified else f" ({NOT_VERIFIED})"


def repository(code: Code | str) -> str:
    """Where the code is, as it was read."""
    if isinstance(code, str):
        return code
    place = f"{code.repository} {code.commit}"
    linked = f"[{place}](https://github.com/{code.repository}/tree/{code.commit})" if "/" in code.repository else place
    return linked + "".join(f", `{file}`" for file in code.files) + (f" ({code.note})" if code.note else "")


def telling(method: Method) -> dict[str, Number]:
    """Numbers that say something, by bare name where all of that name are equal, else by place."""
    found = numbers(method)
    by_name: dict[str, set[Number]] = {}
    for key, value in found.items():
        by_name.setdefault(bare(key), set()).add(value)
    return {bare(key) if len(by_name[bare(key)]) == 1 else key: value for key, value in found.items() if USUAL.get(bare(key)) != value}


def bare(key: str) -> str:
    """A number's name without its place."""
    return key.rsplit(".", 1)[-1]


def setting(one: Setting, method: Method) -> list[str]:
    """A row of the table of settings."""
    here = sorted({shown(value) for value in ours(method, one.key).values()}) if one.key else []
    return [one.name, ", ".join(here), shown(one.value) + mark(one.verified) + ("" if one.followed else "; not followed"), one.of, one.source]


def shown(value: Number | str) -> str:
    """A value as it is printed."""
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else f"{value:g}".replace("e-0", "e-")


def golden(one: Golden) -> str:
    """Losses of the golden pairs, and under which settings."""
    under = ", ".join(f"`{name}` {shown(value)}" for name, value in one.settings.items())
    return (f"with {under}: " if under else "") + f"{one.mean:.6f} ({', '.join(f'{loss:.6f}' for loss in one.pairs)})"


def finding(one: Finding) -> list[str]:
    """A row of the table of results."""
    before = " ".join(part for part in (f"{one.start}:" if one.start and one.before is not None else one.start, cell(one.before)) if part)
    return [f"{one.benchmark} {'↑' if one.better == 'higher' else '↓'}", one.of, before, cell(one.after) or one.change, one.source + mark(one.verified)]


def cell(value: float | str | None) -> str:
    """A result, or nothing."""
    return "" if value is None else shown(value)


def main(arguments: Sequence[str]) -> None:
    """Write the page."""
    Path(arguments[0]).write_text(everything(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
