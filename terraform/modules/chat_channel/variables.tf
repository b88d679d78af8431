variable "name" {
  description = "Name of the configuration and of its role."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]{1,64}$", var.name))
    error_message = "name must be at most 64 lower-case letters, digits and hyphens."
  }
}

variable "slack_team_id" {
  description = "The workspace, such as T07EA123LEP."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-Z]{1,255}$", var.slack_team_id))
    error_message = "slack_team_id must be capital letters and digits, such as T07EA123LEP."
  }
}

variable "slack_channel_id" {
  description = "The channel, such as C07EZ1ABC23."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9]{1,255}$", var.slack_channel_id))
    error_message = "slack_channel_id must be letters and digits, such as C07EZ1ABC23."
  }
}

variable "topic_arn" {
  description = "Topic whose messages the channel shows."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "Boundary of the channel's role."
  type        = string
}
