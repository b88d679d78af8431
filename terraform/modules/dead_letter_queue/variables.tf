variable "name" {
  description = "Name of the queue."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.name))
    error_message = "name must be at most 80 letters, digits, hyphens and underscores: SQS takes no other."
  }
}

variable "alarm_topic_arn" {
  description = "Topic that is told when a message arrives. The queue is in its account and region."
  type        = string
}

variable "source_topic_arns" {
  description = "Topics that may put messages here which they could not deliver."
  type        = list(string)
  default     = []
}

variable "source_rule_arns" {
  description = "EventBridge rules that may put events here which they could not deliver."
  type        = list(string)
  default     = []
}

variable "source_role_arns" {
  description = "Pattern of the roles that may send without a right of their own; null: none."
  type        = string
  default     = null
}
