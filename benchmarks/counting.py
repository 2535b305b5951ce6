"""What a computation costs: floating-point operations by part of the model, language-model positions, pictures, projected rows, memory.

Operations are counted where PyTorch dispatches them, by the formulas of `torch.utils.flop_counter`. Two kinds that its
table lacks are added, because the comparison would be wrong without them: fused attention on the CPU, and products
that are added into a tensor in place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry, sdpa_backward_flop, sdpa_flop

aten = torch.ops.aten


def added_product(shape: Sequence[int], left: Sequence[int], right: Sequence[int], *_: Any, **__: Any) -> int:
    """Operations of `x += left @ right`: two per multiplication, as for a product that stands alone."""
    return 2 * left[0] * left[1] * right[1]


FORMULAS: dict[Any, Any] = {
    **flop_registry,
    aten._scaled_dot_product_flash_attention_for_cpu: sdpa_flop,
    aten._scaled_dot_product_flash_attention_for_cpu_backward: sdpa_backward_flop,
}
"""Operations by kind. Attention counts the whole score matrix, masked or not, as the library's own formulas do."""

IN_PLACE = {aten.addmm_: added_product}


class Work(TorchDispatchMode):
    """Counts operations while it is active, each under the part that asked for it.

    A product with an operand as long as the vocabulary is the projection ("vocabulary"); what runs inside one of the
    `towers` (the encoder, then what follows it) is "tower"; everything else, attention and gradients included, is
    "language". Life cycle: one per measured step.
    """

    def __init__(self, vocabulary: int, towers: Sequence[nn.Module] = (), language: nn.Module | None = None) -> None:
        super().__init__()
        self.vocabulary, self.towers, self.language = vocabulary, towers, language
        self.operations: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        """"positions" of the language model, "pieces" that the tower encoded (pictures or tiles), "rows" projected."""
        self.inside = 0
        self.handles: list[Any] = []

    def __enter__(self) -> Work:
        for tower in self.towers:
            self.handles.append(tower.register_forward_pre_hook(self.enter_tower, with_kwargs=True))
            self.handles.append(tower.register_forward_hook(self.leave_tower, always_call=True))
        if self.language is not None:
            self.handles.append(self.language.register_forward_pre_hook(self.enter_language, with_kwargs=True))
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        for handle in self.handles:
            handle.remove()
        super().__exit__(*error)

    def enter_tower(self, module: nn.Module, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        """Everything until `leave_tower` is the tower's."""
        self.inside += 1
        if module is self.towers[0]:
            self.counts["pieces"] += len(first_tensor(arguments, named))

    def leave_tower(self, *_: Any) -> None:
        """See `enter_tower`."""
        self.inside -= 1

    def enter_language(self, module: nn.Module, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        """Rows times columns, padding included: a padded position is computed like any other."""
        entry = first_tensor(arguments, named)
        self.counts["positions"] += entry.shape[0] * entry.shape[1]

    def __torch_dispatch__(self, function: Any, types: Any, arguments: tuple[Any, ...] = (), named: Mapping[str, Any] | None = None) -> Any:
        out = function(*arguments, **(named or {}))
        kind = function._overloadpacket
        if kind in FORMULAS or kind in IN_PLACE:
            self.count(kind, arguments, named or {}, out)
        return out

    def count(self, kind: Any, arguments: Sequence[Any], named: Mapping[str, Any], out: Any) -> None:
        """One operation."""
        if kind in IN_PLACE:
            amount = IN_PLACE[kind](*(shape_of(value) for value in arguments))
        else:
            amount = FORMULAS[kind](*arguments, **{name: value for name, value in named.items() if name != "out"}, out_val=out)
        sizes = [shape_of(value) for value in arguments if isinstance(value, torch.Tensor)]
        to_vocabulary = any(self.vocabulary in size for size in sizes)
        self.operations["vocabulary" if to_vocabulary else "tower" if self.inside else "language"] += amount
        if to_vocabulary and isinstance(out, torch.Tensor) and out.shape[-1] == self.vocabulary and kind not in IN_PLACE:
            self.counts["rows"] += out.numel() // self.vocabulary

    @property
    def total(self) -> int:
        """Operations of all parts."""
        return sum(self.operations.values())


def first_tensor(arguments: Sequence[Any], named: Mapping[str, Any]) -> torch.Tensor:
    """The first tensor of at least three axes among a module's inputs: pixels, or embedded tokens."""
    return next(value for value in (*arguments, *named.values()) if isinstance(value, torch.Tensor) and value.is_floating_point() and value.dim() > 2)


def shape_of(value: Any) -> Any:
    """A tensor's shape; anything else unchanged."""
    return tuple(value.shape) if isinstance(value, torch.Tensor) else value


def token_bound(prefix: int, response: int, branches: int) -> float:
    """How many times fewer positions a shared prefix needs: K(P+R) / (P+KR), K branches of R tokens below P."""
    return branches * (prefix + response) / (prefix + branches * response)


@contextmanager
def peak_above() -> Iterator[dict[str, float]]:
    """Peak megabytes of this process inside the block, above what it held at the beginning, under "MB"."""
    found: dict[str, float] = {}
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    yield found
    found["MB"] = peak() - before


def peak() -> float:
    """Largest resident size of this process in megabytes since the last reset through `clear_refs`."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
