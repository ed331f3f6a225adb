"""The demo: real data through the real loader into the embedded TimescaleDB."""
