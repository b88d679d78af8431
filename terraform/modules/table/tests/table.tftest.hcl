mock_provider "aws" {}

variables {
  name      = "notes-test-things"
  hash_key  = "user_id"
  range_key = "thing_id"
  protected = false
}

run "encrypted_and_restorable" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "No point-in-time recovery."
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled
    error_message = "Not encrypted with a key of this account."
  }

  assert {
    condition     = !aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "A table of an unprotected stage must be deletable."
  }

  assert {
    condition     = length(aws_dynamodb_table.this.ttl) == 0
    error_message = "Items must stay where no TTL attribute is named."
  }
}

run "protected" {
  command = plan

  variables {
    protected = true
  }

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "No deletion protection."
  }
}

run "index_keys_become_attributes" {
  command = plan

  variables {
    indexes       = { due = { hash_key = "due", range_key = "due_at" } }
    ttl_attribute = "expires_at"
  }

  assert {
    condition     = toset(aws_dynamodb_table.this.attribute[*].name) == toset(["user_id", "thing_id", "due", "due_at"])
    error_message = "Exactly the keys must be attributes: DynamoDB refuses any other."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.global_secondary_index).projection_type == "ALL"
    error_message = "The index must hold whole items."
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].attribute_name == "expires_at"
    error_message = "Wrong TTL attribute."
  }
}

run "hash_key_alone" {
  command = plan

  variables {
    range_key = null
  }

  assert {
    condition     = toset(aws_dynamodb_table.this.attribute[*].name) == toset(["user_id"])
    error_message = "A table may have a hash key alone."
  }
}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Notes_Table"
  }

  expect_failures = [var.name]
}
