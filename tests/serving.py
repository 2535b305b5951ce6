"""A server that speaks vLLM's protocol and answers with our own policy: what comes back can be compared number by number."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import AutoModelForImageTextToText

from veridical.models.assemble import make_policy, merge_adapter
from veridical.models.encoder import picture_key
from veridical.models.policy import Policy
from veridical.models.sample import Generation, draw

LORA = ("/v1/load_lora_adapter", "/v1/unload_lora_adapter")
DEVELOPMENT = ("/collective_rpc", "/reset_prefix_cache", "/reset_mm_cache", "/reset_encoder_cache")


class Serving:
    """Life cycle: one `with` block. It records what it was asked, and goes wrong where it is told to."""

    def __init__(self, model: Path, calls: tuple[str, ...] = (*LORA, *DEVELOPMENT), stale: bool = False, scaled: bool = True, picture_tokens: int | None = None) -> None:
        ready = make_policy(model, picture_tokens=picture_tokens)
        self.opened, self.executor, self.encoder = ready.opened, ready.policy.executor, ready.encoder
        self.model, self.calls, self.stale, self.scaled = str(model), calls, stale, scaled
        self.policies = {self.model: ready.policy}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[Callable[[dict[str, Any]], None] | tuple[int, str]] = []
        """What happens to the next answers: a code with a complaint, or a change of the answer."""
        self.lock = threading.Lock()

    def __enter__(self) -> Serving:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"serving": self}))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What a path was asked."""
        return [body for asked, body in self.asked if asked == path]

    def held(self, path: str) -> Any:
        """GET."""
        if path == "/v1/models":
            return {"data": [{"id": name} for name in self.policies]}
        if path == "/openapi.json":
            return {"paths": dict.fromkeys((*self.calls, "/v1/chat/completions"), {})}
        return {"vllm_config": {"weight_transfer_config": {"backend": "ipc"}}} if path.startswith("/server_info") else None

    def answer(self, path: str, body: dict[str, Any]) -> Any:
        """POST."""
        if path == "/v1/chat/completions":
            return self.complete(body)
        if path == LORA[0]:
            merged = merge_adapter(replace(self.opened, model=copy.deepcopy(self.opened.model)), body["lora_path"]).model
            self.policies[body["lora_name"]] = self.policies[self.model] if self.stale else Policy(merged, self.executor)
        if path == LORA[1]:
            del self.policies[body["lora_name"]]
        if path == "/collective_rpc" and not self.stale:
            assert body["method"] == "reload_weights"
            self.policies[self.model] = Policy(AutoModelForImageTextToText.from_pretrained(body["kwargs"]["weights_path"]).eval(), self.executor)
        if path == "/update_weights":
            values = pickle.loads(base64.b64decode(body["update_info"]["ipc_handles_pickled"]))
            changed = copy.deepcopy(self.opened.model)
            changed.load_state_dict({name: torch.tensor(value["here"]) for name, value in zip(body["update_info"]["names"], values, strict=True)})
            self.policies[self.model] = Policy(changed, self.executor)
        return {}

    def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """A chat completion, with everything that vLLM tells of one."""
        pictures = list(pictures_of(body))
        messages = [{"role": turn["role"], "content": [{"type": "image"} if part["type"] == "image_url" else part for part in turn["content"]]} for turn in body["messages"]]
        piece = self.encoder.prompt(messages, pictures, [picture_key(picture) for picture in pictures])
        how = Generation(body["max_tokens"], body["temperature"], body["top_p"])
        asked = (self.policies[body["model"]], self.encoder, [(piece.ids, piece.pictures)], piece.inputs, [[body["seed"]]])
        [[one]] = draw(*asked, how)
        told = [{"token": f"token_id:{token}", "logprob": logp} for token, logp in zip(one.tokens.tolist(), one.logp.tolist(), strict=True)]
        if "top_logprobs" in body:
            [[likeliest]] = draw(*asked, Generation(1, body["temperature"] if self.scaled else 1.0, 1e-9))
            sampled = dict(told[0]) if self.scaled else {**told[0], "logprob": -int(one.tokens[0]) / 10}  # without temperature a token has one number
            told[0]["top_logprobs"] = [sampled, {"token": f"token_id:{int(likeliest.tokens[0])}", "logprob": float(likeliest.logp[0])}]
        choice = {"message": {"content": one.text}, "logprobs": {"content": told}, "token_ids": one.tokens.tolist(), "finish_reason": "stop" if one.ended else "length"}
        return {"choices": [choice], "prompt_token_ids": piece.ids.tolist(), "usage": {"prompt_tokens": len(piece.ids)}}


def pictures_of(body: dict[str, Any]) -> Iterator[Image.Image]:
    """The pictures of a request."""
    for turn in body["messages"]:
        for part in turn["content"]:
            if part["type"] == "image_url":
                yield Image.open(BytesIO(base64.b64decode(part["image_url"]["url"].partition("base64,")[2]))).convert("RGB")


class Handler(BaseHTTPRequestHandler):
    """One request."""

    serving: Serving

    def do_GET(self) -> None:
        """What a path holds."""
        self.serving.asked.append((self.path, {}))
        held = self.serving.held(self.path)
        self.reply(404 if held is None else 200, held)

    def do_POST(self) -> None:
        """An answer, or what is to go wrong."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.serving.lock:
            self.serving.asked.append((self.path, body))
            fault = self.serving.faults.pop(0) if self.serving.faults else None
            if isinstance(fault, tuple):
                return self.reply(fault[0], {"error": {"message": fault[1]}})
            if body.get("model", self.serving.model) not in self.serving.policies:
                return self.reply(404, {"error": {"message": f"no model {body['model']}"}})
            answer = self.serving.answer(self.path, body)
            if fault is not None:
                fault(answer)
        return self.reply(200, answer)

    def reply(self, code: int, content: Any) -> None:
        """JSON."""
        written = json.dumps(content).encode()
        try:
            self.send_response(code)
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)
        except OSError:
            pass  # the one who asked has gone

    def log_message(self, *_: object) -> None:
        """Says nothing."""
