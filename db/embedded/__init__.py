"""The embedded TimescaleDB server and MQTT broker: for the demo and tests, never for production."""
