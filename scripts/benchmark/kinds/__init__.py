"""Data that is not prose, each kind beside gensim: see `python -m benchmark --kind KIND`."""
