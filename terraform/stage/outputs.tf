output "api_domain_name" {
  description = "Domain name of the stage's APIs."
  value       = module.api_domain.domain_name
}

output "api_url" {
  description = "URL under which the services hang by base path."
  value       = format(var.api_url_format, module.api_domain.domain_name)
}

output "alarm_topic_arn" {
  description = "Topic that every alarm of the stage tells."
  value       = module.alarm_topic.arn
}

output "feature_flags" {
  description = "Where the stage's feature flags lie in AppConfig, and the ARN under which functions read them."
  value = {
    application_id    = module.feature_flags.application_id
    environment_id    = module.feature_flags.environment_id
    profile_id        = module.feature_flags.profile_id
    configuration_arn = module.feature_flags.configuration_arn
  }
}

output "release_topic_arn" {
  description = "Topic whose subscribers are told of releases."
  value       = module.release_topic.arn
}

output "topic_name" {
  description = "Topic for purchases; null without billing_api or notify_job."
  value       = one(module.purchase_topic[*].name)
}

output "topic_arn" {
  description = "ARN of the topic for purchases."
  value       = one(module.purchase_topic[*].arn)
}

output "purchases_table_name" {
  description = "Table of purchases; null without billing_api."
  value       = one(module.purchases[*].name)
}

output "purchases_table_arn" {
  description = "ARN of the table of purchases."
  value       = one(module.purchases[*].arn)
}

output "purchases_due_index_name" {
  description = "Index of the purchases with something left to do."
  value       = local.has_billing ? local.purchases_due_index : null
}

output "secrets" {
  description = "Name and ARN of each secret of the services that the stage has, by the name that users say."
  value = {
    for name, secret in {
      "admin-phone"           = one(module.admin_phone[*])
      "stripe-key"            = one(module.stripe_key[*])
      "stripe-webhook-secret" = one(module.stripe_webhook_secret[*])
    } : name => { name = secret.name, arn = secret.arn } if secret != null
  }
}

output "notifications_table_name" {
  description = "Table of sent notifications; null without notify_job."
  value       = one(module.notifications[*].name)
}

output "notifications_table_arn" {
  description = "ARN of the table of sent notifications."
  value       = one(module.notifications[*].arn)
}

output "notify_dead_letter_queue_name" {
  description = "Dead-letter queue that all subscribers shared; null where it is gone."
  value       = one(module.notify_dead_letters[*].name)
}

output "notify_dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue that all subscribers shared."
  value       = one(module.notify_dead_letters[*].arn)
}

output "notify_dead_letter_queue_url" {
  description = "URL of the dead-letter queue that all subscribers shared."
  value       = one(module.notify_dead_letters[*].url)
}

output "stripe_mock_table_name" {
  description = "Table of the Stripe mock; null without mocks."
  value       = one(module.stripe_mock_table[*].name)
}

output "stripe_mock_table_arn" {
  description = "ARN of the table of the Stripe mock."
  value       = one(module.stripe_mock_table[*].arn)
}

output "stripe_mock_queue_name" {
  description = "Queue of webhooks that the Stripe mock sends; null without mocks."
  value       = one(module.stripe_mock_queue[*].name)
}

output "stripe_mock_queue_arn" {
  description = "ARN of the queue of webhooks that the Stripe mock sends."
  value       = one(module.stripe_mock_queue[*].arn)
}

output "stripe_mock_queue_url" {
  description = "URL of the queue of webhooks that the Stripe mock sends."
  value       = one(module.stripe_mock_queue[*].url)
}

output "release_machine_arn" {
  description = "ARN of the state machine that brings releases to users; null without canary."
  value       = one(module.release[*].arn)
}
