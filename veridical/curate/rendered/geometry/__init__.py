"""Geometry figures drawn to scale, whose measures stand only in the picture."""
