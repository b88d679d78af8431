variable "name" {
  description = "Name of the identity pool."
  type        = string
}

variable "role_name" {
  description = "Name of the signed-in users' role."
  type        = string
}

variable "user_pool_client_id" {
  description = "Client of the user pool whose tokens are exchanged for credentials."
  type        = string
}

variable "user_pool_endpoint" {
  description = "The user pool as an identity provider: cognito-idp.<region>.amazonaws.com/<id>."
  type        = string
}

variable "uploads_bucket_arn" {
  description = "Bucket in which each user has the prefix private/<identity id>/."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "Boundary of the signed-in users' role; null: none."
  type        = string
  default     = null
}
