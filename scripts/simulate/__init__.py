"""A simulated plant, its readings with all their faults, and the exact truth about them."""
