"""Choosing from a data set: pairs without a bias, and few records of high quality that differ from one another."""
