"""The command `lotwatt jobs evaluate`: from data, how good what the jobs learn is."""

from importlib import import_module

import click

from db.cli.base import SETTINGS, Commands

# Where each evaluation comes from; loaded when asked for.
COMMANDS = {
    "anomalies": "jobs.evaluate.anomalies:anomalies",
    "forecast": "jobs.evaluate.forecast:forecast",
    "lots": "jobs.evaluate.lots:lots",
}


class Evaluations(Commands):
    """The evaluations of the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Evaluations, context_settings=SETTINGS, invoke_without_command=True)
@click.option("--format", "kind", type=click.Choice(["table", "json"]), default="table")
@click.pass_context
def evaluate(ctx: click.Context, kind: str) -> None:
    """Say from data how good it is what the jobs learn and predict.

    Without a command, all of it, on the real data that is shipped, and what is known of the plant
    of the database; the result is kept in api.evaluation.
    """
    if ctx.invoked_subcommand is None:
        import_module("jobs.evaluate.everything").evaluate_everything(kind)
