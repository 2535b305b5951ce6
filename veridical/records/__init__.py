"""What is stored: records, results, runs; how they are read, written, checked and corrupted on purpose."""
