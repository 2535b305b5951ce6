"""Small output folders in the layouts of lmms-eval and VLMEvalKit, written by hand."""

import csv
import json
from pathlib import Path

DATE, LATER = "20261001_120000", "20261102_080000"
KINDS = ("count", "colour")


def lmms(folder: Path, right: list[bool], model: str = "org__model", date: str = DATE, **changes) -> Path:
    """POPE and MME by rows, a group without rows; row i is right or wrong as given, questions by turns yes and no."""
    place = folder / model
    place.mkdir(parents=True, exist_ok=True)
    share = sum(right) / len(right)
    content = {
        "results": {
            "pope": {"alias": "pope", "samples": len(right), "pope_accuracy,none": share, "pope_accuracy_stderr,none": "N/A", "pope_accuracy_stderr_clt,none": 0.2,
                     "pope_f1_score,none": 0.75, "pope_f1_score_stderr,none": 0.125, "pope_rows,none": "N/A"},
            "own_task": {"exact_match,strict": 0.5, "exact_match_stderr,strict": 0.25},
        },
        "group_subtasks": {"pope": []}, "configs": {"pope": {"task": "pope", "generation_kwargs": {"max_new_tokens": 16}}},
        "versions": {"pope": 1.0}, "n-shot": {"pope": 0}, "higher_is_better": {"pope": {"pope_accuracy": True, "pope_f1_score": True}, "own_task": {"exact_match": None}},
        "n-samples": {"pope": {"original": len(right), "effective": len(right)}},
        "config": {"model": "llava", "model_args": "pretrained=org/model", "limit": None}, "git_hash": "75571cf", "model_name": model.replace("__", "/"),
    } | changes  # fmt: skip
    (place / f"{date}_results.json").write_text(json.dumps(content))
    lines = [json.dumps(lmms_row(number, held)) for number, held in enumerate(right)]
    (place / f"{date}_samples_pope.jsonl").write_text("\n".join(lines) + "\n")
    return place


def lmms_row(number: int, right: bool) -> dict:
    """A row as the evaluation tracker writes it: what was one response is no list, every metric keeps an object."""
    gold = ("yes", "no")[number % 2]
    said = gold if right else ("no", "yes")[number % 2]
    kept = {"question_id": number, "score": float(right), "prediction": said, "ground_truth": gold, "category": KINDS[number % 2]}
    return {
        "doc_id": number, "target": gold, "filtered_resps": said.capitalize(), "resps": [said], "token_counts": [None], "doc_hash": f"hash {number}",
        "input": f"Is there a cup? {number}", "input_media": [f"picture {number // 2}.jpg"], "pope_accuracy": kept, "pope_f1_score": kept,
    }  # fmt: skip


def table(path: Path, rows: list[dict]) -> Path:
    """A table with tabs or commas."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ",", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return path


def vlm(folder: Path, right: list[bool], model: str = "Model-7B", run: str = "T20261001_G1234abcd", ending: str = "tsv") -> Path:
    """POPE's predictions, the matched answers, the numbers; a link above them, and a pickle."""
    place = folder / model / run
    place.mkdir(parents=True, exist_ok=True)
    rows = [vlm_row(number, held) for number, held in enumerate(right)]
    asked = [{name: value for name, value in row.items() if name not in ("extracted", "score")} for row in rows]
    write = table if ending != "json" else lambda path, content: path.write_text(json.dumps(content))
    write(place / f"{model}_POPE.{ending}", asked)
    write(place / f"{model}_POPE_auxmatch.{ending}", rows)
    (place / f"{model}_POPE_tmp.pkl").write_bytes(b"\x80\x04.")
    share = 100 * sum(right) / len(right)
    whole = {"split": "Overall", "Overall": 80.25, "acc": share, "precision": 81.5, "recall": 79.0}
    table(place / f"{model}_POPE_score.csv", [whole, {**whole, "split": "random", "acc": 100.0}])
    link = place.parent / f"{model}_POPE.{ending}"
    link.unlink(missing_ok=True)
    link.symlink_to(place / f"{model}_POPE.{ending}")
    return place


def vlm_row(number: int, right: bool) -> dict:
    """A row of a matched table."""
    gold = ("Yes", "No")[number % 2]
    said = gold if right else ("No", "Yes")[number % 2]
    return {
        "index": number, "question": f"Is there a cup? {number}", "answer": gold, "category": ("random", "popular")[number % 2], "image_path": f"{number // 2}.jpg",
        "prediction": f"{said}, I think.", "extracted": said, "score": right,
    }  # fmt: skip
