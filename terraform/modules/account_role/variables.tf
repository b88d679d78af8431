variable "name" {
  description = "Name of the role, first part of its policies' names."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]{1,64}$", var.name))
    error_message = "name must be at most 64 lower-case letters, digits and hyphens."
  }
}

variable "description" {
  description = "What the role is for."
  type        = string
}

variable "account_id" {
  description = "The account that the role belongs to, and that says who may assume it."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account."
  }
}

variable "policies" {
  description = "By area: the statements (JSON list) of a policy."
  type        = map(string)

  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  validation {
    condition     = length(var.policies) >= 1 && length(var.policies) <= 10
    error_message = "policies must have 1 to 10 entries: IAM attaches no more to a role."
  }

  validation {
    condition     = alltrue([for statements in values(var.policies) : can(jsondecode(statements)[0].Effect)])
    error_message = "policies must each be a JSON list of at least one statement."
  }

  validation {
    condition     = alltrue([for statements in values(var.policies) : length(statements) <= 6100])
    error_message = "policies must each be shorter than the 6,144 characters that IAM takes: split the area."
  }
}

variable "github" {
  description = "GitHub's OIDC provider in the account, and the exact subjects of the tokens that may assume the role; null: none."
  type = object({
    provider_arn = string
    subjects     = set(string)
  })
  default = null

  validation {
    condition = var.github == null ? true : length(var.github.subjects) > 0 && alltrue([
      for subject in var.github.subjects : can(regex("^repo:[^/*?]+/[^:*?]+:[^*?]+$", subject))
    ])
    error_message = "github.subjects must name tokens exactly, such as repo:team/notes:environment:dev, without wildcards."
  }
}
