"""`python -m grafana.alerts`, which is what `make alerts` calls."""

import click

from db.cli.base import SETTINGS
from grafana.alerts.rules import RULES
from grafana.alerts.write import FILE, text


@click.command(context_settings=SETTINGS)
def alerts() -> None:
    """Write the alert rules anew from grafana/alerts.

    Example: python -m grafana.alerts
    """
    FILE.write_text(text(), encoding="utf-8")
    click.echo(f"{len(RULES)} alert rules written to {FILE}")


if __name__ == "__main__":
    alerts(prog_name="python -m grafana.alerts")
