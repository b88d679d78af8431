"""Who acts in an account, as AWS itself says it: tools and Terraform are this one identity."""

from __future__ import annotations

from tools import roles
from tools.cloud import Cloud, client
from tools.errors import NotBuiltError
from tools.stages import Account


def describe(cloud: Cloud, account: Account) -> str:
    """The line that a command begins with: whose rights it has in `account`, and from where.

    Raises ToolError where there are no working credentials.
    """
    try:
        return f"Acting as {_arn(cloud, account)} ({cloud.source(account)})"
    except NotBuiltError:
        # Where administrator rights are at hand, the first deploy in an account makes the role that it has.
        above = cloud.acting_as("administrator")
        wanted = roles.arn(cloud.project, account, cloud.role)
        return f"Acting as {_arn(above, account)} ({above.source(account)}) to make {wanted}, then as that"


def _arn(cloud: Cloud, account: Account) -> str:
    arn: str = client(cloud, account, "sts").get_caller_identity()["Arn"]
    return arn
