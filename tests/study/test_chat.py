"""Models of a chat, by what the command is given."""

import pytest

from veridical.annotate.ask import AnnotateError
from veridical.annotate.chat.turn import asked
from veridical.models.sample import Generation
from veridical.records.record import Media
from veridical.study.chat import open_model, with_adapter
from veridical.world import CHECKPOINT
from veridical.world.draw import draw
from veridical.world.scene import scene
from veridical.world.talk import DESCRIBE


def test_an_adapter_names_its_model(tmp_path):
    assert with_adapter(str(tmp_path)) == (str(tmp_path), None)
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "models/base"}')
    assert with_adapter(str(tmp_path)) == ("models/base", str(tmp_path))
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(AnnotateError, match="does not name its model"):
        with_adapter(str(tmp_path))


def test_a_directory_and_a_server_of_it_give_the_same_answer_about_a_picture(serve, tmp_path):
    draw(scene(3, "test")).save(tmp_path / "scene.png")
    question = asked("turn", DESCRIBE, Media(media_id="picture", path=str(tmp_path / "scene.png")))
    here, served = (open_model(name, Generation(max_new_tokens=24)) for name in (str(CHECKPOINT), serve(CHECKPOINT).url))
    (text,) = here.respond([question])
    assert served.respond([question]) == [text] and any(name in text for name in scene(3, "test").names)
