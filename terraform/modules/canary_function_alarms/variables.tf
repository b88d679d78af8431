variable "function_name" {
  description = "Name of the function."
  type        = string
}

variable "function_version" {
  description = "The version that is released: the one published last."
  type        = string

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.function_version))
    error_message = "function_version must be the number of a published version."
  }
}

variable "error_percent" {
  description = "Failed calls of a hundred above which the release goes back."
  type        = number

  validation {
    condition     = var.error_percent >= 0 && var.error_percent < 100
    error_message = "error_percent must be at least 0 and less than 100, or it could never ring."
  }
}

variable "p99_ms" {
  description = "Milliseconds in which 99 of a hundred calls must be done, or the release goes back."
  type        = number

  validation {
    condition     = var.p99_ms > 0
    error_message = "p99_ms must be more than 0, or no call would be fast enough."
  }
}
