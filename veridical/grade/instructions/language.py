"""The language of a text: by langdetect, which IFEval uses, or by its script and its commonest words, which needs nothing."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping

from veridical.grade.grade import NotInstalled

ADVICE = "; or choose language=words, which needs nothing, knows IFEval's 30 languages and is less sure of short texts"
SCRIPTS = {
    "BENGALI": "bn", "THAI": "th", "TAMIL": "ta", "TELUGU": "te", "HANGUL": "ko", "HEBREW": "he", "KANNADA": "kn", "GUJARATI": "gu", "GURMUKHI": "pa", "MALAYALAM": "ml",
    "GREEK": "el", "HIRAGANA": "ja", "KATAKANA": "ja",
}  # fmt: skip
"""Scripts of one of the languages."""
SIGNS = {"uk": "іїєґ", "bg": "", "ru": "ыэё", "ur": "ٹڈڑںےہھ", "fa": "پچژگیک", "ar": "ةىيكأإؤئ", "mr": "ळ", "ne": "", "hi": "ड़ढ़"}
"""Letters that one of several languages of a script has alone; each counts as much as a word."""
WORDS = {
    "en": "the of and to in is that it for was you with on are be this as have not by from or your can will an at we",
    "es": "el la los las de que y en un una por con para es se del al lo como más pero su está son muy",
    "pt": "o os as de que e em um uma por com para é se do da no na ao mais mas seu está são muito não você",
    "fr": "le la les des de et est en un une que qui dans pour pas sur avec ce il elle nous vous au aux plus être",
    "de": "der die das und ist in den von zu mit sich nicht auf ein eine es für dem im sie ich wir auch als sind",
    "it": "il lo la gli le di che e è in un una per con del della non si sono più ma come anche questo nel alla",
    "pl": "i w na z się nie do to że jest o jak po co ale dla od przez są tak być może ich który",
    "vi": "là của và có được trong cho một những các không với người này đã để khi từ về như tôi bạn ra đến",
    "sw": "na ya wa kwa ni katika la za cha kuwa hii hiyo kama pia yake watu lakini au zaidi hili huo vya mimi",
    "fi": "ja on ei se että oli hän mutta ovat myös kun niin tai kuin joka sen ole voi minä tämä mitä olen ovat",
    "ru": "и в не на что с по это как он для от из его но а к мы вы так все",
    "bg": "и на в е да се за от с не са че по като този което ще има това към съм",
    "uk": "і в не на що з та як це для до від але він ми ви за або який є у",
    "ar": "في من على أن إلى هذا التي مع ما كان هو لا عن أو ذلك كل هذه الذي قد",
    "fa": "و در به از که این را با است برای آن یک خود تا بر هم می ها شود",
    "ur": "کے میں کی ہے اور سے کا کو اس ہیں نے پر یہ بھی کہ ایک تھا گیا",
    "hi": "के में की है और से का को हैं यह पर नहीं भी कि एक इस लिए था ने",
    "mr": "आहे आणि या च्या ला ते हे नाही होते आहेत तर मध्ये करून किंवा पण एक असे साठी",
    "ne": "छ र को मा का ले यो हो लाई पनि गर्न छन् भएको गर्ने हुन् तर एक के यस",
}
"""Common words; languages that share a script are told apart by them."""
FAMILIES = {"LATIN": ("en", "es", "pt", "fr", "de", "it", "pl", "vi", "sw", "fi"), "CYRILLIC": ("ru", "bg", "uk"), "ARABIC": ("ar", "fa", "ur"), "DEVANAGARI": ("hi", "mr", "ne")}
TOKEN = re.compile(r"[^\W\d_]+(?:[\u0900-\u097f]*[^\W\d_]*)*")


def langdetect() -> Callable[[str], str | None]:
    """langdetect's first guess, with its chance fixed (the published program leaves it free). Errors: NotInstalled."""
    try:
        import langdetect as package
    except ImportError as error:
        raise NotInstalled(f"telling languages as IFEval does needs langdetect: pip install langdetect{ADVICE}") from error
    package.DetectorFactory.seed = 0

    def detect(text: str) -> str | None:
        try:
            return str(package.detect(text))
        except package.LangDetectException:
            return None

    return detect


def words() -> Callable[[str], str | None]:
    """The rule of scripts and words."""
    return told


def told(text: str) -> str | None:
    """The language of most letters' script; of several that share one, the language with most of its common words and own letters. None without letters."""
    scripts = Counter(script for sign in text if (script := script_of(sign)))
    if not scripts:
        return None
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.1 * scripts.total():
        return "ja"
    script = scripts.most_common(1)[0][0]
    if script not in FAMILIES:
        return SCRIPTS.get(script, "zh-cn" if script == "CJK" else script.lower())
    said = Counter(token.lower() for token in TOKEN.findall(text))
    return max(FAMILIES[script], key=lambda name: (likeness(name, said, text), -FAMILIES[script].index(name)))


def script_of(sign: str) -> str:
    """The first word of a letter's or vowel sign's name, which is its script; "" for digits, marks and spaces."""
    return unicodedata.name(sign, "").split(" ")[0] if unicodedata.category(sign)[0] in "LM" else ""


def likeness(name: str, said: Counter[str], text: str) -> int:
    """How often a language's common words and own letters occur."""
    return sum(said[word] for word in WORDS[name].split()) + sum(text.count(sign) for sign in SIGNS.get(name, ""))


TELLERS: Mapping[str, Callable[[], Callable[[str], str | None]]] = {"langdetect": langdetect, "words": words}
