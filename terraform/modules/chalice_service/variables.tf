variable "name" {
  description = "<project>-<stage>-<service>, with which every name starts."
  type        = string
}

variable "package_dir" {
  description = "Directory with the chalice.tf.json that `chalice package --pkg-format terraform` wrote."
  type        = string

  validation {
    condition     = fileexists("${var.package_dir}/chalice.tf.json")
    error_message = "package_dir has no chalice.tf.json: package the service first."
  }

  # What this module would leave out silently.
  validation {
    condition = length(setsubtract(keys(try(jsondecode(file("${var.package_dir}/chalice.tf.json")).resource, {})), [
      "aws_api_gateway_deployment",
      "aws_api_gateway_rest_api",
      "aws_cloudwatch_event_rule",
      "aws_cloudwatch_event_target",
      "aws_iam_role",
      "aws_iam_role_policy",
      "aws_lambda_event_source_mapping",
      "aws_lambda_function",
      "aws_lambda_permission",
      "aws_sns_topic_subscription",
    ])) == 0
    error_message = "The package uses a feature of Chalice for which modules/chalice_service has no resources: it knows routes, schedules, events, SNS and SQS."
  }

  validation {
    condition = alltrue([
      for name in keys(try(jsondecode(file("${var.package_dir}/chalice.tf.json")).resource.aws_lambda_function, {})) :
      contains(keys(jsondecode(file("${var.package_dir}/chalice.tf.json")).resource.aws_iam_role_policy), "${name}_role")
    ])
    error_message = "A function of the package has no policy of its own: its template must set iam_policy_file."
  }
}

variable "package" {
  description = "The zip in S3, and its SHA-256 in base64."
  type = object({
    bucket        = string
    key           = string
    sha256_base64 = string
  })
}

variable "api_domain_name" {
  description = "The stage's API domain; not used without a REST API."
  type        = string
  default     = null
}

variable "base_path" {
  description = "First part of the API's paths on that domain; null without a REST API."
  type        = string
  default     = null

  validation {
    condition     = (var.base_path == null) == !can(jsondecode(file("${var.package_dir}/chalice.tf.json")).resource.aws_api_gateway_rest_api)
    error_message = "base_path must be set if the service has routes, and only then."
  }
}

variable "signed_in_role_name" {
  description = "Role of signed-in users, which gets the right to call the API; null: nobody gets it."
  type        = string
  default     = null
}

variable "log_level" {
  description = "DEBUG, INFO, WARN or ERROR."
  type        = string
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "throttle_rate" {
  description = "Requests per second to the API."
  type        = number
}

variable "throttle_burst" {
  description = "Requests that may come at once above that rate."
  type        = number
}

variable "alarm_topic_arn" {
  description = "Topic that every alarm tells."
  type        = string
}

variable "paused" {
  description = "Whether nothing calls the service for now: its functions run no call, its API and its schedules rest, its queues are not polled."
  type        = bool
  default     = false
}

variable "permissions_boundary_arn" {
  description = "Boundary of the functions' roles; null: none."
  type        = string
  default     = null
}

variable "canary" {
  description = "Limits above which a release goes back: failed calls in percent, and milliseconds that one of a hundred calls may exceed; null: no alarms for releases."
  type        = object({ error_percent = number, p99_ms = number })
  default     = null
}
