variable "api_name" {
  description = "Name of the API."
  type        = string
}

variable "stage_name" {
  description = "API Gateway's own stage."
  type        = string
}

variable "error_percent" {
  description = "Answers of a hundred with a 5xx status above which the release goes back."
  type        = number

  validation {
    condition     = var.error_percent >= 0 && var.error_percent < 100
    error_message = "error_percent must be at least 0 and less than 100, or it could never ring."
  }
}
