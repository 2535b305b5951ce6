"""The loops: supervised imitation and preference alignment, in plain sight, on accelerate."""
