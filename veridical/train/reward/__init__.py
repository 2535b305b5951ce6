"""Training of reward models: the loop, its step, and what is written at the end."""
