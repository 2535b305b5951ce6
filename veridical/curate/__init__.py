"""Prompts to preference data: sample responses, grade them, pair them. Each stage is a file, so a killed run goes on."""
