"""Two models side by side, blind: a person asks, both answer under no name, the person says which answer is better; votes are kept as records."""
