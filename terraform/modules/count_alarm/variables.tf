variable "name" {
  description = "Name of the alarm."
  type        = string
}

variable "description" {
  description = "What has happened and where to look: the first thing that whoever is woken reads."
  type        = string
}

variable "namespace" {
  description = "Namespace of the metric, for example AWS/Lambda."
  type        = string
}

variable "metric_name" {
  description = "Metric that should stay at zero."
  type        = string
}

variable "dimensions" {
  description = "What the metric is measured on, for example { FunctionName = ... }."
  type        = map(string)

  validation {
    condition     = length(var.dimensions) > 0
    error_message = "dimensions must not be empty: without them the alarm would watch nothing."
  }
}

variable "statistic" {
  description = "Sum for events, Maximum for a level."
  type        = string
  default     = "Sum"

  validation {
    condition     = contains(["Sum", "Maximum"], var.statistic)
    error_message = "statistic must be Sum or Maximum."
  }
}

variable "topic_arn" {
  description = "Topic that is told."
  type        = string
}
