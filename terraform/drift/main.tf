# Nothing of its own. With it Terraform reads in the cloud what states hold, whichever checkout that was applied from.
# It has no default tags, so that a resource's tags_all are all that it has, and no backend: see tools/drift.py.
# https://developer.hashicorp.com/terraform/cli/commands/plan#planning-modes
