"""Writes chair.json: what the authors' CHAIR, pattern's singularize and NLTK's word tokenizer make of the captions and words below.

Run: python tests/golden/chair_make.py CHAIR.py INFLECT.py DESTRUCTIVE.py
  CHAIR.py        Maxlinn/CHAIR-metric-standalone 640c5071, chair.py
  INFLECT.py      clips/pattern d25511f9, pattern/text/en/inflect.py
  DESTRUCTIVE.py  nltk/nltk f2a92bd7, nltk/tokenize/destructive.py
The files are run where they lie. Captions are lists of sentences, so no model for sentence ends is needed.
"""

import json
import re
import sys
import types
from pathlib import Path

CAPTIONS = [
    ["Two men are riding motor bikes past a fire hydrant.", "A woman's purse lies on the bench; nobody is near it."],
    ["A baby elephant follows an adult elephant.", "There aren't any zebras, but three giraffes can't be missed!"],
    ["The toilet has a white seat, and a sink stands beside it.", "Is that a toothbrush?", "It isn't clear."],
    ["A passenger train waits at the station.", "On the train tracks, two dogs' bowls are left.", "A passenger looks on."],
    ["The batter stands at home plate with a baseball bat, a baseball glove and a sports ball."],
    ["A table (set for four) holds wine glasses, forks, knives and spoons -- no cups.", 'The sign says "stop".'],
    ["He said: \"don't touch the keyboard\", then he moved the mouse, the laptop computer and 3 mice."],
    ["People on skis and snowboards pass the buses... and one bus.", "A minibus, an airbus and trolleys follow."],
    ["A tennis racket, tennis balls, rackets & shoes; all for $3,000.", "It's 5:30 on the clock."],
    ["Hot dogs, hamburgers, and donuts were sold at 12:00, weren't they?", "Children's bikes lean on a traffic light."],
    ["A bow tie, two ties and a bow.", "The bride's dress matches the groom's suitcase."],
    ["Geese, sheep, oxen and calves graze; a colt and two ponies drink.", "Birds sit on a wire: a parrot, an owl, and crows."],
    ["The couch's cushions are blue.", "Couches, benches, chairs and a stool fill the room.", "A remote, a television and vases too."],
    ["Teddy bears sit on the bed next to a hair drier, scissors, books and a potted plant."],
    ["A cell phone, phones, a smartphone and an iPhone lie [together] on a dining table.", "Someone's cake is half-eaten."],
    ["In the kitchen: an oven, a stove top oven, a microwave, a toaster and refrigerators.", "'Look,' he says, 'broccoli!'"],
    ["Canoes, kayaks and ships sail; airplanes, a jet and a passenger jet fly.", "A skier's skis are red*."],
    ["I cannot see a kite, gonna look for the frisbee.", "The surfers hold surfboards, 2 of them.", "One shortboard's broken!"],
    ["Bananas, apples, oranges, carrots & sandwiches, pizzas and a bowl/container.", "Some \"cheesecakes\" follow."],
    ["The policeman's horse and the officers' cars block the street light.", "Stop signs, parking meters -- everywhere?"],
    ["This photo was taken in a park.", "It's a sunny day; they've got umbrellas, backpacks, handbags.", "He'd brought luggage."],
    ["A cat, kittens and puppies sleep.", "The collies and doggies bark at magpies.", "A bear's cub plays."],
    ["Nothing of interest here."],
    [""],
]

WORDS = """cats dogs horses sheep cows elephants bears zebras giraffes foxes boxes watches dishes kisses buses bus gases glass glasses
tennis chess dress dresses ties pies cookies movies zombies puppies ponies berries cities skies toys keys boys knives wives lives
wolves shelves scarves gloves stoves olives hives natives leaves loaves hooves sleeves curves halves men women firemen children oxen
people geese feet teeth mice lice dice slices police potatoes tomatoes heroes canoes shoes toes radios pianos photos scissors pants
trousers jeans series species news mathematics luggage information rice ice advice vases bases roses noses hoses houses purses cases
crises theses analyses synopses axes indices matrices vertices quizzes alumnae beaux bureaux sofas pizzas pastas pita data media bacteria
corgi taxi ski spaghetti octopi cacti broccoli zucchini was is this as his has it its us gas yes plus lens lenses process progress
moose deer fish salmon trout swine bison carp shears pliers colour specimen opera zoa monies trilbys penises children's dogs' 's ' s a
couches benches skateboarders broccoli minibus airbus skis sports magpies collies doggies canoe stockings racks trusses alias aliases
status statuses virus viruses mongooses atlases sexes dwarves calves thieves elves rookies birdies brownies smoothies selfies""".split()


def tokenizer(path: str):
    """NLTK's class, without the rest of NLTK."""
    api, util = types.ModuleType("nltk.tokenize.api"), types.ModuleType("nltk.tokenize.util")
    api.TokenizerI, util.align_tokens = object, None
    for name, module in (("nltk", types.ModuleType("nltk")), ("nltk.tokenize", types.ModuleType("nltk.tokenize")), (api.__name__, api), (util.__name__, util)):
        sys.modules[name] = module
    space = {"__name__": "destructive"}
    exec(Path(path).read_text(), space)
    return space["NLTKWordTokenizer"]().tokenize


def singularize(path: str):
    """pattern's function, without the rest of pattern."""
    text = Path(path).read_text()
    part = text[text.index("#### SINGULARIZE") : text.index("#### VERB")]
    space = {"re": re, "NOUN": "NN", "plural_prepositions": set()}
    exec(part, space)
    return space["singularize"]


def chair(path: str):
    """The authors' class with the two functions in place of the packages, and no annotations."""
    nltk, pattern, english, tqdm = sys.modules["nltk"], types.ModuleType("pattern"), types.ModuleType("pattern.en"), types.ModuleType("tqdm")
    english.singularize = SINGULAR
    nltk.word_tokenize = lambda text: [word for sentence in SENTENCES[text] for word in TOKENS(sentence)]
    sys.modules.update({"pattern": pattern, "pattern.en": english, "tqdm": tqdm})
    space = {"__name__": "chair"}
    exec(Path(path).read_text(), space)
    kind = space["CHAIR"]
    kind.get_annotations = lambda self: None
    return kind("")


if __name__ == "__main__":
    TOKENS, SINGULAR = tokenizer(sys.argv[3]), singularize(sys.argv[2])
    SENTENCES = {" ".join(caption).lower(): [sentence.lower() for sentence in caption] for caption in CAPTIONS}
    counts = chair(sys.argv[1])
    rows = []
    for caption in CAPTIONS:
        text = " ".join(caption)
        words, classes, _, _ = counts.caption_to_words(text)
        rows.append({"caption": text, "tokens": [word for sentence in caption for word in TOKENS(sentence)], "words": words, "classes": classes})
    content = {"captions": rows, "singular": {word: SINGULAR(word) for word in WORDS}}
    Path(__file__).with_name("chair.json").write_text(json.dumps(content, indent=1, ensure_ascii=False))
