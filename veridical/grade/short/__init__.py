"""Short answers that are no letters, compared with the record's by the rules that published numbers were made with."""
