variable "name" {
  description = "Name of the topic."
  type        = string
}

variable "account_id" {
  description = "Account of the topic; nobody outside it may publish or subscribe."
  type        = string
}

variable "kms_key_id" {
  description = "Key that encrypts the topic. AWS services such as CloudWatch cannot use alias/aws/sns: give them a key of their own."
  type        = string
  default     = "alias/aws/sns"
}

variable "publisher_services" {
  description = "AWS services of this account that may publish, for example cloudwatch.amazonaws.com."
  type        = set(string)
  default     = []

  validation {
    condition     = length(var.publisher_services) == 0 || var.kms_key_id != "alias/aws/sns"
    error_message = "AWS services cannot publish to a topic encrypted with alias/aws/sns: set kms_key_id."
  }
}

variable "require_tls" {
  description = "Whether to deny publishing over plain HTTP. False only where the cloud itself speaks plain HTTP."
  type        = bool
  default     = true
}
