"""From text to numbers: finding and reading a corpus, tokens, the encoded corpus, the vocabulary.

A corpus is read once. Its tokens are numbered by first appearance and written to a cache
as memory-mapped arrays; everything later (vocabulary, training, resuming) reads those.
"""
