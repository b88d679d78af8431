variable "name" {
  description = "Name of the queue."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Topic that is told when work ended in the dead-letter queue."
  type        = string
}

variable "visibility_timeout_seconds" {
  description = "How long a message is hidden after each try: six times the function's timeout, as AWS advises."
  type        = number
  default     = 60
}

variable "max_receives" {
  description = "Tries before a message goes to the dead-letter queue."
  type        = number
  default     = 5

  validation {
    condition     = var.max_receives >= 1 && var.max_receives <= 1000
    error_message = "max_receives must be between 1 and 1000."
  }
}
