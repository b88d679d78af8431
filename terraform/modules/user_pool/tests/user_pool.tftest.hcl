mock_provider "aws" {}

variables {
  name      = "notes-test-users"
  protected = false
}

run "unprotected_allows_the_password_flow" {
  command = plan

  assert {
    condition = aws_cognito_user_pool_client.this.explicit_auth_flows == toset([
      "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH",
    ])
    error_message = "SRP, refresh tokens and the plain password flow."
  }

  assert {
    condition     = aws_cognito_user_pool.this.deletion_protection == "INACTIVE"
    error_message = "An unprotected pool must be deletable."
  }
}

run "protected_does_not" {
  command = plan

  variables {
    protected = true
  }

  assert {
    condition     = aws_cognito_user_pool_client.this.explicit_auth_flows == toset(["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"])
    error_message = "SRP and refresh tokens only."
  }

  assert {
    condition     = aws_cognito_user_pool.this.deletion_protection == "ACTIVE"
    error_message = "No deletion protection."
  }
}

run "strong_passwords" {
  command = plan

  assert {
    condition = (
      aws_cognito_user_pool.this.password_policy[0].minimum_length >= 12
      && aws_cognito_user_pool.this.password_policy[0].require_lowercase
      && aws_cognito_user_pool.this.password_policy[0].require_uppercase
      && aws_cognito_user_pool.this.password_policy[0].require_numbers
      && aws_cognito_user_pool.this.password_policy[0].require_symbols
    )
    error_message = "At least 12 characters of all four kinds."
  }
}

run "tells_nothing_about_users" {
  command = plan

  assert {
    condition     = aws_cognito_user_pool_client.this.prevent_user_existence_errors == "ENABLED"
    error_message = "Signing in must not tell whether a user exists."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this.enable_token_revocation
    error_message = "Tokens must be revocable."
  }

  assert {
    condition     = !aws_cognito_user_pool_client.this.generate_secret
    error_message = "A public client has no secret."
  }
}
