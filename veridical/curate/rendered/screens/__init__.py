"""Screens of programs with controls whose state, text and place are known."""
