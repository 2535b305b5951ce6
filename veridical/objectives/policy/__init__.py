"""Online algorithms, one file per kin. Each is a declaration; adding one here is all it takes."""
