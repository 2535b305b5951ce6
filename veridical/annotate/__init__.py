"""People: a page on which they compare, rank, score, correct and mark responses; what they say is kept, checked and exported as records."""
