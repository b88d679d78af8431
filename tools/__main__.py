"""`python -m tools <command>`: what the Makefile calls. Each module of tools.commands is a command."""

from __future__ import annotations

from tools import environments

if __name__ == "__main__":
    environments.restart_without_python_settings("tools")
    environments.adopt(environments.tools())

import importlib
import os
import pkgutil
import sys

import click

from tools import commands
from tools.context import Context
from tools.errors import explained
from tools.names import TRIAL_VARIABLE


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(
            f"tools.commands.{cmd_name.replace('-', '_')}"
        ).command
        return command


@click.group(cls=_Commands)
@click.pass_context
def main(ctx: click.Context) -> None:
    """The tools behind the Makefile. ENV names the stage, CLOUD the cloud (aws or local)."""
    ctx.obj = Context(
        os.environ.get("ENV", ""), os.environ.get("CLOUD", ""), os.environ.get(TRIAL_VARIABLE, "")
    )


def run() -> int:
    """Run the command line; returns the exit status. No traceback reaches the user."""
    try:
        main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nStopped. Run the command again to finish what was begun.", err=True)
        return 130
    except Exception as error:
        told = explained(error)
        click.echo(f"\n{told}", err=True)
        return told.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(run())
