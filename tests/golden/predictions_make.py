"""Makes predictions.xlsx as VLMEvalKit e8e78f0 writes predictions (vlmeval/smp/file.py, dump_xlsx): pandas 3.1 with XlsxWriter 3.3.

Run: python predictions_make.py
"""

from pathlib import Path

import pandas

LONG = "x" * 40_000
"""More than a cell may hold: the writer cuts it off."""
ROWS = [
    {"index": 1, "question": "Is there a cup?", "answer": "Yes", "category": "random", "image_path": "a.jpg", "prediction": "Yes, <there> & \"here\"\nis one.", "score": 1.0},
    {"index": 2, "question": "Ist dort ein Löffel? 匙", "answer": "No", "category": "random", "image_path": "a.jpg", "prediction": "=1+1", "score": 0.25},
    {"index": 3, "question": "https://a.org/b", "answer": "No", "category": None, "image_path": "b.jpg", "prediction": "control \x07 and _x0041_ stay", "score": None},
    {"index": 4, "question": " spaces ", "answer": 12, "category": "popular", "image_path": "b.jpg", "prediction": LONG, "score": -3e-05},
]


def main() -> None:
    """Write the file beside this script."""
    path = Path(__file__).with_name("predictions.xlsx")
    with pandas.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": {"strings_to_formulas": False}}) as writer:
        pandas.DataFrame(ROWS).to_excel(writer, index=False)


if __name__ == "__main__":
    main()
