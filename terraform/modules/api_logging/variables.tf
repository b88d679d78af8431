variable "role_name" {
  description = "Name of the role."
  type        = string
}
