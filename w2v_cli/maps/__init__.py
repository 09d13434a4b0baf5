"""Two-dimensional maps of word vectors: where each word lies, and the picture of it."""
