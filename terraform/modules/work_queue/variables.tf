variable "name" {
  description = "Name of the queue."
  type        = string
}

variable "visibility_timeout_seconds" {
  description = "Seconds after which a failed message is tried again. SQS wants it to be at least the function's timeout."
  type        = number
  default     = 60
}

variable "retention_seconds" {
  description = "Seconds after which a message is dropped, processed or not."
  type        = number

  validation {
    condition     = var.retention_seconds >= 60 && var.retention_seconds <= 1209600
    error_message = "retention_seconds must be between a minute and 14 days."
  }
}
