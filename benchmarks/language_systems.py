"""One language detector over many texts in a process of its own: what it answers, what that costs.

    PYTHON -m benchmarks.language_systems NAME < TEXTS > ANSWERS

TEXTS is a JSON list of texts; ANSWERS a JSON object with `answers` (a pair of code and score for each text; a score
means what the detector's makers say, higher is surer) and `seconds` (CPU, without start and loading). Exit code 3:
it is not installed. Any interpreter will do: what a detector needs is imported when it is called.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

NOT_INSTALLED = 3  # exit code
Answer = tuple[str | None, float]
Detector = Callable[[str], Answer]


def copydesk() -> Detector:
    """Give the detector of the product, with its thresholds."""
    from transforms.language import detect_language

    return lambda text: (detect_language(text), 0.0)


def resiliparse() -> Detector:
    """Give resiliparse's hashed n-grams; the score is its rank, turned round."""
    from resiliparse.parse.lang import detect_fast

    def detect(text: str) -> Answer:
        code, rank = detect_fast(text)
        return code, -float(rank)

    return detect


def py3langid() -> Detector:
    """Give langid's naive Bayes over byte n-grams, as py3langid computes it; the score is a probability."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def detect(text: str) -> Answer:
        code, probability = identifier.classify(text)
        return code, float(probability)

    return detect


def langid() -> Detector:
    """Give langid 1.1 itself; the score is a probability."""
    from langid.langid import LanguageIdentifier, model

    identifier = LanguageIdentifier.from_modelstring(model, norm_probs=True)

    def detect(text: str) -> Answer:
        code, probability = identifier.classify(text)
        return code, float(probability)

    return detect


def pycld2() -> Detector:
    """Give Google's Compact Language Detector 2; it raises on control characters, which counts as no answer."""
    import pycld2 as cld2

    def detect(text: str) -> Answer:
        try:
            _, _, found = cld2.detect(text, bestEffort=True)
        except cld2.error:
            return None, 0.0
        return found[0][1], float(found[0][2])

    return detect


def langdetect() -> Detector:
    """Give the port of Shuyo's language-detection, seeded: else its answers change from call to call."""
    from langdetect import DetectorFactory, detect_langs
    from langdetect.lang_detect_exception import LangDetectException

    DetectorFactory.seed = 0

    def detect(text: str) -> Answer:
        try:
            best = detect_langs(text)[0]
        except LangDetectException:
            return None, 0.0
        return best.lang, float(best.prob)

    return detect


def lingua() -> Detector:
    """Give lingua at its full accuracy, over all its 75 languages."""
    return _lingua(is_accurate=True)


def lingua_low() -> Detector:
    """Give lingua with trigrams only, which its makers offer for speed."""
    return _lingua(is_accurate=False)


def _lingua(*, is_accurate: bool) -> Detector:
    from lingua import LanguageDetectorBuilder

    builder = LanguageDetectorBuilder.from_all_languages()
    detector = (builder if is_accurate else builder.with_low_accuracy_mode()).build()

    def detect(text: str) -> Answer:
        found = detector.compute_language_confidence_values(text)
        return found[0].language.iso_code_639_1.name.lower(), float(found[0].value)

    return detect


def gcld3() -> Detector:
    """Give Google's Compact Language Detector 3 (needs protoc to be built)."""
    from gcld3 import NNetLanguageIdentifier

    identifier = NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=2000)

    def detect(text: str) -> Answer:
        found = identifier.FindLanguage(text=text)
        return found.language, float(found.probability)

    return detect


def fasttext() -> Detector:
    """Give fastText's lid.176 (fasttext-langdetect fetches its weights at the first call)."""
    from ftlangdetect import detect as ask

    def detect(text: str) -> Answer:
        found = ask(text.replace("\n", " "))
        return found["lang"], float(found["score"])

    return detect


DETECTORS: dict[str, Callable[[], Detector]] = {
    "copydesk": copydesk,
    "resiliparse": resiliparse,
    "py3langid": py3langid,
    "pycld2": pycld2,
    "langid": langid,
    "langdetect": langdetect,
    "lingua": lingua,
    "lingua-low": lingua_low,
    "gcld3": gcld3,
    "fasttext": fasttext,
}
WARM = "The council decided on Tuesday that the old bridge stays closed. " * 3


def main() -> None:
    """Answer what stands on standard input."""
    try:
        detect = DETECTORS[sys.argv[1]]()
        detect(WARM)
    except ImportError as error:
        print(error, file=sys.stderr)
        raise SystemExit(NOT_INSTALLED) from None
    texts = json.load(sys.stdin)
    before = sum(os.times()[:2])
    answers = [detect(text) for text in texts]
    seconds = sum(os.times()[:2]) - before
    json.dump({"answers": answers, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
