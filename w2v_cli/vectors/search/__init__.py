"""Questions to word vectors: neighbours, analogies, expressions, spelling."""
