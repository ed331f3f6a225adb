"""What taking readings in costs, measured beside what others take for the same messages."""
