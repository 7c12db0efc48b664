"""How fast the hub takes data in, beside what else could do it: `python -m tests.benchmarks`."""
