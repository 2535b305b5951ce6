"""What changed, on one page: results and a run directory in, one HTML file out. No model is loaded here."""
