"""Dashboards as pages of HTML, without a Grafana: `lotwatt report` and `lotwatt lot report`."""
