"""The command `lotwatt jobs`: what learns, judges and predicts. Cron starts these."""

import click

from db.cli.base import SETTINGS, lazy

# Where each job comes from; loaded when asked for, as statsmodels takes a second to load.
COMMANDS = {
    "baselines": "jobs.baselines:baselines",
    "energy": "jobs.energy.job:energy",
    "evaluate": "jobs.evaluate:evaluate",
    "forecast": "jobs.forecast.job:forecast",
    "golden": "jobs.lots.golden:golden",
    "lots": "jobs.lots.learn:lots",
}


@click.group(cls=lazy(COMMANDS), context_settings=SETTINGS)
def jobs() -> None:
    """Learn what is normal, flag what is not, and predict.

    Each job may run at any time and again: the same data gives the same numbers.
    """
