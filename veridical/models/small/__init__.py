"""Small random models of every image-text-to-text architecture, built from the architecture's own configuration."""
