variable "name" {
  description = "Name of the secret."
  type        = string
}

variable "description" {
  description = "What the secret is and where its value comes from."
  type        = string
}

variable "protected" {
  description = "Whether a deleted secret can be brought back for 30 days. If not, it is gone at once and its name free."
  type        = bool
}
