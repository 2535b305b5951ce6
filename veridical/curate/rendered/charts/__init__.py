"""Charts drawn from their data: bars, stacked bars, lines, pies, points."""
