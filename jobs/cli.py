"""The command `lotwatt jobs`: what learns, judges and predicts. Cron starts these."""

from importlib import import_module

import click

from db.cli.base import SETTINGS, Commands

# Where each job comes from; loaded when asked for, as statsmodels takes a second to load.
COMMANDS: dict[str, str] = {
    "baselines": "jobs.baselines:baselines",
    "energy": "jobs.energy.job:energy",
    "evaluate": "jobs.evaluate:evaluate",
    "forecast": "jobs.forecast.job:forecast",
    "golden": "jobs.lots.golden:golden",
    "lots": "jobs.lots.learn:lots",
}


class Jobs(Commands):
    """The jobs of the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Jobs, context_settings=SETTINGS)
def jobs() -> None:
    """Learn what is normal, flag what is not, and predict.

    Each job may run at any time and again: the same data gives the same numbers.
    """
