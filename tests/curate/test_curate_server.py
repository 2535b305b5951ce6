"""Curation asks a server as it asks the model itself."""

from __future__ import annotations

import json
from pathlib import Path

from veridical.curate.curate import curate
from veridical.models.small.build import build
from veridical.recipe import CurateRecipe
from veridical.records.load import save
from veridical.world.tasks import task


def test_responses_from_a_server_are_those_of_the_model_that_it_serves(serve, tmp_path: Path) -> None:
    model, prompts = build("llava").save(tmp_path / "llava"), tmp_path / "prompts.jsonl"
    save(task("count", 3), prompts)
    server = serve(model)

    def texts(run: str, **settings: object) -> list[list[str]]:
        generation = {"max_new_tokens": 4, "temperature": 1.0}
        curate(CurateRecipe(model=str(model), prompts=[{"path": str(prompts)}], count=2, generation=generation, grader="repetition", run=str(tmp_path / run), **settings), lambda line: None)
        return [json.loads(line)["value"]["texts"] for line in (tmp_path / run / "responses.jsonl").read_text().splitlines()]

    assert texts("served", server={"url": server.url}) == texts("own") and len(server.bodies("/v1/chat/completions")) == 6
