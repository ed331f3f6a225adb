"""What people look at: dashboards and alerts for Grafana, and reports without it."""
