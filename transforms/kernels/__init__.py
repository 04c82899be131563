"""Compiled loops over numpy arrays: the parts of fingerprint and fold that Python is too slow for.

tokens   characters to words, words to hashes
anchors  hashes to samples, samples to candidate pairs
align    how much of one text stands in another, and where they disagree
graph    pairs to groups
"""
