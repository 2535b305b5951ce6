"""A small world whose truth is known: scenes, their pictures, what is said of them, and a small model that has seen them."""
