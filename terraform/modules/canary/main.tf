# Moves a release to a stage's users: a share first, then everyone, and back as soon as an alarm rings. One execution per
# release; it goes on when whoever started it is gone. states.tf has what it does, role.tf what it may do.
# https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html

resource "aws_sfn_state_machine" "this" {
  name       = var.name
  type       = "STANDARD"
  role_arn   = aws_iam_role.this.arn
  definition = jsonencode(local.definition)

  # Step Functions tries the role before it takes it.
  depends_on = [aws_iam_role_policy.this]
}

# Standing alarms of what ended other than by going through.
# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
module "alarm" {
  source = "../count_alarm"

  for_each = {
    ExecutionsFailed   = "A release of ${var.name} went back. Its execution says why, and where to look."
    ExecutionsAborted  = "A release of ${var.name} was stopped. Users may still be shared between two versions: roll back or promote again."
    ExecutionsTimedOut = "A release of ${var.name} took too long. Users may still be shared between two versions: roll back or promote again."
  }

  name        = "${var.name}-${lower(replace(each.key, "Executions", ""))}"
  description = each.value
  namespace   = "AWS/States"
  metric_name = each.key
  dimensions  = { StateMachineArn = aws_sfn_state_machine.this.arn }
  topic_arn   = var.alarm_topic_arn
}
