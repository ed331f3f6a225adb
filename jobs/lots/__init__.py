"""Lots: what one should use and how long it should take, and how it should go."""
