variable "name" {
  description = "Name of the application and its environment."
  type        = string
}
