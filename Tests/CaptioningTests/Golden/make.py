"""Golden figures for CaptioningTests: tokens by Stanford's Penn Treebank tokenizer as coco-caption runs it, BLEU of a
corpus and smoothed BLEU of a sentence by sacrebleu, CIDEr-D by the paper's equations in numpy, with the released code's
term frequencies.

Run: pip install numpy pycocoevalcap==1.2 sacrebleu==2.6.0, with java, then python make.py
"""

import json
import math
from collections import Counter
from pathlib import Path

import numpy
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
from sacrebleu.metrics import BLEU

HERE = Path(__file__).parent

TEXTS = [
    'A man in a "red" T-shirt isn\'t running; he\'s sitting.',
    "Two dogs , one black-and-white , play .",
    "don't can't won't cannot gonna wanna gotta lemme gimme",
    "The boys' ball (blue) & the girl's hat...",
    "A 50% off sign costs $5.50, or 1,000 yen at 3:30 p.m.",
    "Mr. Smith vs. Dr. Jones etc.",
    "café naïve Ünïcode ÉCOLE “quoted” ‘single’ — dash – en …",
    "black/white and/or 1/2 w/o 24/7",
    "'Tis the season 'twas rock 'n' roll 'em 'til '90s",
    "a--b a - b a -- b",
    "person!!! what??? oh?! [sic] {x}",
    "it's I'm we've they'd you'll He'S can't've shan't",
    "5'10\" tall and 3-year-old 90's",
    "  A  tab\tand   spaces ",
    "日本語 の 文 😀 emoji",
    "semi;colon:colon a:b a,b a.b",
    "O'Brien d'Angelo ma'am o'clock c'mon rock'n'roll",
    "dog_name x+y=z ^caret~ |pipe \\back `tick`",
    "mother-in-law -dash dash- t-shirts' kids' men's",
    "...leading .hidden 3.14 .5 1.000.000 -5 +5 5-10",
    "e.g. this i.e. that U.S.A. Ph.D. a.m.",
    "® ™ ° 5°C a·b • bullet",
    "dog... dog.... dog..cat isn't. it's. Cannot.",
]

# Pictures: a candidate, and references.
PICTURES = [
    ("A dog runs through the grass .", ["A brown dog runs through tall grass .", "The dog is running in a field ."]),
    ("", ["A man sits on a bench .", "Someone sits ."]),
    ("dog", ["A dog .", "dog", "A dog jumps over the fence near a house ."]),
    ("purple elephants sing", ["A boy rides a bicycle down the street .", "The child is on a bike ."]),
    ("the the the the the the the", ["The cat is on the mat .", "There is a cat on the mat ."]),
    ("a man and a man and a man and a dog", ["A man and a dog .", "A man and a man and his dog play ."]),
    # Of references with four and with eight words, the shorter counts.
    ("a girl in a red dress", ["a girl jumps high", "a girl in a red dress jumps high", "she jumps high"]),
    ("Two MEN , in \"blue\" shirts , aren't here !", ["two men in blue shirts are not here", "Two men aren't here"]),
    ("Ein Mädchen läuft über die Straße .", ["Ein Mädchen läuft über eine Straße !", "Das Mädchen läuft ."]),
    ("A child climbs a wall .", ["A child climbs a wall .", "A kid on a climbing wall .", "A child climbs ."]),
    ("A group of people stand outside", ["People are outside a shop", "A group of people stand outside of a shop"]),
    (". , !", ["A black dog", "Black dogs ."]),
]


def tokens(texts):
    rows = {index: [{"caption": text}] for index, text in enumerate(texts)}
    split = PTBTokenizer().tokenize(rows)
    return [split[index][0].split() for index in range(len(texts))]


def corpus_bleu(pictures):
    most = max(len(references) for _, references in pictures)
    streams = [
        [" ".join(refs[n]) if n < len(refs) else None for _, refs in pictures] for n in range(most)
    ]
    candidates = [" ".join(candidate) for candidate, _ in pictures]
    scores = []
    for order in range(1, 5):
        metric = BLEU(tokenize="none", smooth_method="none", max_ngram_order=order)
        scores.append(metric.corpus_score(candidates, streams).score / 100)
    return scores


def sentence(candidate, references):
    scores = []
    for order in range(1, min(4, len(candidate)) + 1):
        metric = BLEU(tokenize="none", smooth_method="add-k", smooth_value=1, max_ngram_order=order)
        scores.append(metric.sentence_score(" ".join(candidate), [" ".join(words) for words in references]).score / 100)
    return float(numpy.mean(scores or [0]))


def cider_d(pictures, sigma=6.0):
    def runs(words, order):
        return Counter(tuple(words[at : at + order]) for at in range(len(words) - order + 1))

    scores = numpy.zeros(len(pictures))
    for order in range(1, 5):
        documents = Counter(run for _, refs in pictures for run in {r for ref in refs for r in runs(ref, order)})

        def weights(words):
            return {
                run: count * (math.log(len(pictures)) - math.log(max(1, documents[run])))
                for run, count in runs(words, order).items()
            }

        for index, (candidate, references) in enumerate(pictures):
            mine = weights(candidate)
            norm = math.sqrt(sum(weight**2 for weight in mine.values()))
            for reference in references:
                theirs = weights(reference)
                other = math.sqrt(sum(weight**2 for weight in theirs.values()))
                if norm * other == 0:
                    continue
                clipped = sum(min(mine.get(run, 0), weight) * weight for run, weight in theirs.items())
                penalty = math.exp(-((len(candidate) - len(reference)) ** 2) / (2 * sigma**2))
                scores[index] += 10 * penalty * clipped / (norm * other) / len(references) / 4
    return scores.tolist()


texts = [text for candidate, references in PICTURES for text in [candidate, *references]]
split = dict(zip(texts, tokens(texts)))
pictures = [(split[candidate], [split[reference] for reference in references]) for candidate, references in PICTURES]
golden = {
    "tokens": [{"text": text, "tokens": words} for text, words in zip(TEXTS, tokens(TEXTS))],
    "pictures": [
        {
            "candidate": candidate,
            "references": references,
            "bleu": corpus_bleu([pictures[index]]) if pictures[index][0] else [0.0] * 4,
            "sentence": sentence(*pictures[index]),
            "cider_d": score,
        }
        for index, ((candidate, references), score) in enumerate(zip(PICTURES, cider_d(pictures)))
    ],
    "corpus_bleu": corpus_bleu(pictures),
}
(HERE / "captions.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
