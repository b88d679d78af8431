variable "name" {
  description = "Name of the user pool."
  type        = string
}

variable "protected" {
  description = "Whether the pool refuses to be deleted and its client knows no plain password flow."
  type        = bool
}
