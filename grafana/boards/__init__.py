"""Dashboards as code: `python -m grafana.boards` writes their JSON into grafana/provisioning.

Each board is a module (what stands where) and a .sql file of the same name (what each panel asks).
"""
