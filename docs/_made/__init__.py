"""What the site shows and nobody writes: pages made of law files, commands and benchmarks."""
