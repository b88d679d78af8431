# Nothing of its own. With it Terraform reads in the cloud what a state holds, whichever checkout that was applied from.
# https://developer.hashicorp.com/terraform/cli/commands/plan#planning-modes
