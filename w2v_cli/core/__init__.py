"""The mathematics, in pure NumPy: arrays in, arrays out.

No files, clock, printing, settings or global generator, and nothing of the other parts.
Equation numbers are those of `docs/maths.md`, terms those of `docs/glossary.md`. The letters,
everywhere:

    V  words of the vocabulary          v  centre (input) vector
    D  dimensions of a vector           u  outside (output) vector
    K  negatives a pair                 U  all outside vectors
    G  segments of a micro-batch        P  tokens of a segment
    F  tokens of a micro-batch, G·P     m  window
    Q  groups of a micro-batch          h  halo of a segment, at least m
    N  negatives that a group shares    B  tokens of a block of a band

Parameters are one array (V, 2, D): a word's centre vector at [:, 0] and its outside
vector at [:, 1], side by side so that one gather and one scatter serve both.
"""
