"""New weights for a server: a way for each kind of server, chosen by what it offers.

| way | when | what the server is asked |
|---|---|---|
| `Adapter` | only adapters of the language model train, and it loads adapters | /v1/load_lora_adapter under a new name, /v1/unload_lora_adapter for the last |
| `Shared` | it was started with the weight transfer "ipc", and policy and server share a GPU | /start_weight_update, /update_weights, /finish_weight_update |
| `Reload` | it takes calls for its workers | /collective_rpc reload_weights from a directory |

Nothing that old weights made of a prompt or a picture is used again: an adapter's name is new, the other ways empty the caches.
"""

from __future__ import annotations

import base64
import pickle
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

from veridical.models.served import Served, ServerError
from veridical.train.checkpoint import merged_state, save_merged

LOAD, UNLOAD, WORKERS, UPDATE, TOLD = "/v1/load_lora_adapter", "/v1/unload_lora_adapter", "/collective_rpc", "/update_weights", "/server_info"
CACHES = ("/reset_prefix_cache", "/reset_mm_cache", "/reset_encoder_cache")
"""What a server remembers of prompts and pictures; emptied together, or its scheduler counts on features that its workers have forgotten."""
START = "VLLM_SERVER_DEV_MODE=1 VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 vllm serve {model} --enable-lora --max-lora-rank 64 --logprobs-mode processed_logprobs"
"""The line that starts a server which can be given weights."""


@dataclass(frozen=True)
class Weights:
    """A policy's weights, as a server may want them."""

    model: nn.Module
    adapter: bool
    """Whether an adapter on the server's own model is all that differs."""


class Way(Protocol):
    """Brings weights to a server."""

    def __call__(self, weights: Weights, name: str) -> str:
        """After it the server answers with these weights; the model's name to ask for. Errors: ServerError."""
        ...


@dataclass
class Adapter:
    """Each step's adapter under a name of its own."""

    served: Served
    folder: Path
    """Written and read through one file system."""
    last: str = ""

    def __call__(self, weights: Weights, name: str) -> str:
        """See `Way`."""
        path = self.folder / name
        weights.model.save_pretrained(path)
        about = f"loading the adapter {path} (which the server must be able to read; it needs --enable-lora and a --max-lora-rank not below lora.rank)"
        self.served.post(LOAD, {"lora_name": name, "lora_path": str(path.absolute())}, about)
        if self.last:
            self.drop(self.last)
        self.last = name
        return name

    def drop(self, name: str) -> None:
        """An adapter goes from the server and from the disk."""
        self.served.post(UNLOAD, {"lora_name": name})
        shutil.rmtree(self.folder / name, ignore_errors=True)


@dataclass
class Reload:
    """The whole model from a directory."""

    served: Served
    folder: Path
    model: str
    caches: tuple[str, ...] = CACHES

    def __call__(self, weights: Weights, name: str) -> str:
        """See `Way`."""
        path = self.folder / name
        save_merged(weights.model, path, [])
        about = f"reloading the model from {path} (which the server must be able to read; start it anew after a failure, it may hold half of each model)"
        self.served.post(WORKERS, {"method": "reload_weights", "kwargs": {"weights_path": str(path.absolute())}}, about)
        shutil.rmtree(self.folder / name, ignore_errors=True)
        empty(self.served, self.caches)
        return self.model


def handle(tensor: Tensor) -> dict[str, Any]:
    """How another process opens a tensor on the GPU that both use, by the GPU's own name."""
    import torch
    from torch.multiprocessing.reductions import reduce_tensor

    return {str(torch.cuda.get_device_properties(tensor.device).uuid): reduce_tensor(tensor)[1]}


@dataclass
class Shared:
    """The whole model through memory of the GPU that both use; nothing is written."""

    served: Served
    model: str
    caches: tuple[str, ...] = CACHES
    handle: Callable[[Tensor], Mapping[str, Any]] = handle
    begun: list[str] = field(default_factory=list)

    def __call__(self, weights: Weights, name: str) -> str:
        """See `Way`."""
        if not self.begun:
            self.served.post("/init_weight_transfer_engine", {"init_info": {"packed": False}})
        self.begun.append(name)
        state = {key: value.detach().to(next(weights.model.parameters()).device).contiguous() for key, value in merged_state(weights.model).items()}
        handles = [dict(self.handle(value)) for value in state.values()]
        described = {"names": list(state), "dtype_names": [str(value.dtype).split(".")[-1] for value in state.values()], "shapes": [list(value.shape) for value in state.values()]}
        self.served.post("/start_weight_update")
        self.served.post(UPDATE, {"update_info": {**described, "ipc_handles_pickled": base64.b64encode(pickle.dumps(handles)).decode()}})
        self.served.post("/finish_weight_update", {"weight_version": name})
        empty(self.served, self.caches)
        return self.model


def way_to(served: Served, weights: Weights, folder: Path) -> Way:
    """The first way that the server offers and the weights allow. Errors: ServerError where there is none, with the line that starts a server with one."""
    calls, served = served.calls(), replace(served, tries=1)  # half an exchange must not be repeated
    model, caches = served.model or served.models()[0], tuple(path for path in CACHES if path in calls)
    if weights.adapter and {LOAD, UNLOAD} <= calls:
        return Adapter(served, folder)
    if {UPDATE, TOLD} <= calls and transfer(served) == "ipc" and next(weights.model.parameters()).is_cuda:
        return Shared(served, model, caches)
    if {WORKERS, CACHES[0]} <= calls:
        return Reload(served, folder, model, caches)
    raise ServerError(f"{served.url}: the server offers no way to give it new weights, so it would sample with old ones; start it with: {START.format(model=model)}")


def empty(served: Served, caches: tuple[str, ...]) -> None:
    """Forget what old weights made of prompts and pictures. Errors: ServerError."""
    for path in caches:
        if served.post(path).get("success") is False:
            why = "as when others are asking it; it would go on with what old weights computed"
            raise ServerError(f"{served.url}: {path} did not succeed, {why}. Give each run a server of its own")


def transfer(served: Served) -> str:
    """The kind of weight transfer that the server was started with; "" for none."""
    told = served.get(f"{TOLD}?config_format=json").get("vllm_config", {})
    return (told.get("weight_transfer_config") or {}).get("backend", "") if isinstance(told, dict) else ""
