"""Energy baselines of machines, lines and sites (ISO 50001, ISO 50006)."""
