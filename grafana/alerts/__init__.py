"""Alert rules of Grafana as code: what fires, what a person reads, where the runbook is."""
