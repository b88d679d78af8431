# A DynamoDB table, paid per request, encrypted and restorable to any second of the last 35 days.
# Every key is a string: hash and range keys, those of the indexes included.

locals {
  index_keys = flatten([for index in var.indexes : [index.hash_key, index.range_key]])
  keys       = toset([for key in concat([var.hash_key, var.range_key], local.index_keys) : key if key != null])
}

resource "aws_dynamodb_table" "this" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = var.hash_key
  range_key                   = var.range_key
  deletion_protection_enabled = var.protected

  dynamic "attribute" {
    for_each = local.keys
    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = var.indexes
    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.hash_key
      range_key       = global_secondary_index.value.range_key
      projection_type = "ALL"
    }
  }

  dynamic "ttl" {
    for_each = var.ttl_attribute[*]
    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true # with the key that AWS manages in this account, instead of one outside it
  }
}
