variable "name" {
  description = "Name of the API."
  type        = string
}

variable "body" {
  description = "OpenAPI description with API Gateway's extensions, as JSON."
  type        = string
}

variable "stage_name" {
  description = "API Gateway's own stage, which callers do not see: one API has one."
  type        = string
  default     = "live"
}

variable "binary_media_types" {
  description = "Media types whose bodies reach the function in base64."
  type        = list(string)
  default     = []
}

variable "minimum_compression_size" {
  description = "Bytes from which on answers are compressed for clients that ask for it; null: never."
  type        = number
  default     = null
}

variable "domain_name" {
  description = "The stage's API domain."
  type        = string
}

variable "base_path" {
  description = "First part of the API's paths on that domain."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.base_path))
    error_message = "base_path must be lower-case letters, digits and hyphens, without a slash."
  }
}

variable "function" {
  description = "The function that answers, and the alias by which it is called."
  type        = object({ name = string, alias_name = string })
}

variable "signed_in_role_name" {
  description = "Role of signed-in users, which gets the right to call this API; null: nobody gets it."
  type        = string
  default     = null
}

variable "throttle_rate" {
  description = "Requests per second."
  type        = number

  validation {
    condition     = var.throttle_rate > 0
    error_message = "throttle_rate must be more than 0, or nobody could call the API."
  }
}

variable "throttle_burst" {
  description = "Requests that may come at once above that rate."
  type        = number

  validation {
    condition     = var.throttle_burst > 0
    error_message = "throttle_burst must be more than 0, or nobody could call the API."
  }
}

variable "paused" {
  description = "Whether the API takes no request for now, and answers 429."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days that access logs are kept."
  type        = number
}

variable "alarm_topic_arn" {
  description = "Topic that is told of server errors."
  type        = string
}
