"""The command `lotwatt jobs evaluate`: from data, how good what the jobs learn is."""

from importlib import import_module

import click

from db.cli.base import SETTINGS, lazy

# Where each evaluation comes from; loaded when asked for.
COMMANDS = {
    "anomalies": "jobs.evaluate.anomalies:anomalies",
    "forecast": "jobs.evaluate.forecast:forecast",
    "lots": "jobs.evaluate.lots:lots",
}


@click.group(cls=lazy(COMMANDS), context_settings=SETTINGS, invoke_without_command=True)
@click.option("--format", "kind", type=click.Choice(["table", "json"]), default="table")
@click.pass_context
def evaluate(ctx: click.Context, kind: str) -> None:
    """Say from data how good it is what the jobs learn and predict.

    Without a command, all of it, on the real data that is shipped, and what is known of the plant
    of the database; the result is kept in api.evaluation.
    """
    if ctx.invoked_subcommand is None:
        import_module("jobs.evaluate.everything").evaluate_everything(kind)
