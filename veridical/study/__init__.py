"""What needs several packages at once: the demo, the world's checkpoint, the smoke test."""
