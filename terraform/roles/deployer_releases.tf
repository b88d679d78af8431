# The deployer's rights on releases: to build the state machine that moves users, to start it and to stop it.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html

locals {
  releases     = "arn:aws:states:${local.here}:stateMachine:${local.stages}-release"
  executions   = "arn:aws:states:${local.here}:execution:${local.stages}-release:*"
  release_role = "arn:aws:iam::${var.account_id}:role/releases/${local.stages}"

  deployer_releases = {
    releases = [
      {
        Sid    = "StateMachines"
        Effect = "Allow"
        Action = [
          "states:CreateStateMachine",
          "states:DeleteStateMachine",
          "states:DescribeStateMachine",
          "states:ListExecutions",
          "states:ListStateMachineVersions",
          "states:ListTagsForResource",
          "states:StartExecution",
          "states:TagResource",
          "states:UntagResource",
          "states:UpdateStateMachine",
        ]
        Resource = local.releases
      },
      {
        Sid      = "Executions"
        Effect   = "Allow"
        Action   = ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"]
        Resource = local.executions
      },
      {
        # A plan checks the definition; the right knows no resource.
        Sid      = "CheckDefinitions"
        Effect   = "Allow"
        Action   = "states:ValidateStateMachineDefinition"
        Resource = "*"
      },
      {
        Sid       = "HandRolesToReleases"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = local.release_role
        Condition = { StringEquals = { "iam:PassedToService" = "states.amazonaws.com" } }
      },
    ]
  }
}
