"""Interleaved pairs: ours, the rival, ours, the rival … so that both meet the same machine."""

import json
import statistics
import sys


def measure(name, ours, rivals, pairs, unit, **facts):
    """Runs `pairs` rounds and prints the figures; the last line is the JSON object that Benchmarks/run keeps.

    ours: returns a rate (larger is better); rivals: {name: the same}. Every round runs ours once before each rival.
    The ratio is that to the fastest rival, by the median over the rounds.
    """
    rounds = {rival: [] for rival in rivals}
    for number in range(pairs):
        for rival, run in rivals.items():
            rounds[rival].append((ours(), run()))
            left, right = rounds[rival][-1]
            note(f"{name}: pair {number + 1} of {pairs}: ours {left:,.0f} {unit}, {rival} {right:,.0f}: {left / right:.2f}")
    report(name, rounds, unit, **facts)


def report(name, rounds, unit, **facts):
    """Prints what `rounds`, {rival: [(ours, rival's)]}, come to."""
    rival = max(rounds, key=lambda rival: statistics.median(right for _, right in rounds[rival]))
    others = {other: summary(values) for other, values in rounds.items() if other != rival}
    line = {"name": name, **summary(rounds[rival]), "rival_name": rival, "unit": unit, "others": others, **facts}
    print(json.dumps(line))


def summary(values):
    """Medians and spread of pairs (ours, rival's)."""
    ratios = [left / right for left, right in values]
    return {
        "ratio": figure(statistics.median(ratios)),
        "spread": [figure(min(ratios)), figure(max(ratios))],
        "ours": figure(statistics.median(left for left, _ in values)),
        "rival": figure(statistics.median(right for _, right in values)),
        "pairs": [[figure(left), figure(right)] for left, right in values],
    }


def figure(value):
    """Four digits: more than any of these measurements has."""
    return float(f"{value:.4g}")


def note(text):
    print(text, file=sys.stderr, flush=True)
