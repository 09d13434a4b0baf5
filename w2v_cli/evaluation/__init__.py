"""How good vectors are: benchmark files, scores with their uncertainty, comparisons, health."""
