variable "name" {
  description = "Name of the function and of its role."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]{1,64}$", var.name))
    error_message = "name must be at most 64 lower-case letters, digits and hyphens. Shorten the stage, service or function."
  }
}

variable "package" {
  description = "The zip in S3, and its SHA-256 (base64): a new one publishes a new version."
  type = object({
    bucket        = string
    key           = string
    sha256_base64 = string
  })
}

variable "runtime" {
  description = "Lambda runtime, for example python3.11."
  type        = string
}

variable "handler" {
  description = "What Lambda calls, for example app.app."
  type        = string
}

variable "architectures" {
  description = "Instruction set that the package was built for."
  type        = list(string)
  default     = ["x86_64"]
}

variable "memory_size" {
  description = "Memory in MB; processing power grows with it."
  type        = number
}

variable "timeout" {
  description = "Seconds after which Lambda stops a call."
  type        = number

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900
    error_message = "timeout must be between 1 and 900 seconds."
  }
}

variable "reserved_concurrency" {
  description = "Calls that may run at once; -1: as many as the account has left."
  type        = number
  default     = -1
}

variable "environment" {
  description = "Environment variables. Never a secret: they are readable in the console."
  type        = map(string)
}

variable "policy" {
  description = "Policy document (JSON) with exactly what the code does. Logs, tracing, dead letters and polling are added here."
  type        = string

  validation {
    condition     = can(jsondecode(var.policy).Statement[*])
    error_message = "policy must be a JSON policy document with a list of statements."
  }
}

variable "queue_arns" {
  description = "Queues that Lambda polls for this function."
  type        = set(string)
  default     = []
}

variable "message_sources" {
  description = "Topics and EventBridge rules whose messages the function gets. What it fails on three times waits in a dead-letter queue of its own; null: it gets none, and has no such queue."
  type        = object({ topic_arns = list(string), rule_arns = list(string) })
  default     = null
}

variable "log_level" {
  description = "DEBUG, INFO, WARN or ERROR: what the code logs below it is not kept."
  type        = string

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARN or ERROR."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "alarm_topic_arn" {
  description = "Topic that is told of errors and throttled calls."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "Boundary of the function's role; null: none."
  type        = string
  default     = null
}
