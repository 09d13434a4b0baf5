"""What a run says of itself, as facts and as a page: settings, curves, scores, words."""
