"""Asks a running Grafana whether it has what this tree ships, and whether all of it answers."""
