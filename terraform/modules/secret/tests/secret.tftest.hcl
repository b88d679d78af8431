mock_provider "aws" {}

variables {
  name        = "notes-test-stripe-key"
  description = "A key"
  protected   = false
}

run "gone_at_once" {
  command = plan

  assert {
    condition     = aws_secretsmanager_secret.this.recovery_window_in_days == 0
    error_message = "The name of an unprotected stage's secret must be free at once, or the stage could not be made again."
  }
}

run "kept_where_protected" {
  command = plan

  variables {
    protected = true
  }

  assert {
    condition     = aws_secretsmanager_secret.this.recovery_window_in_days == 30
    error_message = "A protected secret must be recoverable."
  }
}
