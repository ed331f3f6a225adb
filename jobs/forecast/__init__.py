"""Energy of the next 24 hours: candidates, the choice between them, intervals."""
