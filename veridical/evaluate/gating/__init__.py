"""Whether a candidate may take a base's place: its drop on every dimension, estimated from few questions that tell models apart."""
