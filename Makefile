# Every task of the project. ENV names the stage, CLOUD the cloud (aws or local; ENV=local implies local),
# LOCAL_PORT the local cloud's port (4566 unless set). `make help` lists the commands.

.DEFAULT_GOAL := help
SHELL := /bin/sh
ifneq ($(firstword $(origin PYTHON)),command)
PYTHON := python3
endif
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The oldest versions that work are stated where the tools read them.
LEAST_PYTHON := $(shell sed -n 's/^requires-python = ">=\([0-9.]*\)".*/\1/p' pyproject.toml)
LEAST_TERRAFORM := $(shell sed -n 's/.*required_version = ">= \([0-9.]*\)".*/\1/p' terraform/dns/versions.tf)
# -E: Python's own variables (PYTHONPATH and the like) change nothing. tools/environments.py sees to all others:
# for the tools themselves, and before the programs that are run with COMPOSED.
TOOLS = @$(BIN)/python -E -B -m tools
COMPOSED = @$(BIN)/python -E -B -m tools.environments

# What a command takes, it takes from make's command line: a NAME or a TO that somebody's shell exports is not
# meant for it. From the environment come only those that pipelines set for all the steps of a job.
FROM_ENVIRONMENT := ENV CLOUD LOCAL_PORT LOCAL_HOME ROLES
FROM_COMMAND_LINE := SERVICE FORCE JOBS ALLOW_DESTROY CONFIRM NAME IDENTITY PORT LOCK_WAIT
FROM_COMMAND_LINE += STORAGE OLDER YES FORMAT ON FOLLOW OPENAPI
FROM_COMMAND_LINE += BASE FROM TO RELEASE APPROVED CANARY_WAIT
FROM_COMMAND_LINE += CHANGES REPORT PULL_REQUEST MESSAGE DRY FUNCTION
unexport $(foreach name,$(FROM_COMMAND_LINE),$(if $(filter command,$(firstword $(origin $(name)))),,$(name)))

SERVICES := $(sort $(patsubst %/.chalice/config.template.json,%,$(wildcard */.chalice/config.template.json)))
UNIT := shared tests/tools $(SERVICES)

##@ Deploy
deploy: $(READY) ## Deploy a stage, all layers, and send a user through it: make deploy ENV=local
	$(TOOLS) deploy
plan: $(READY) ## Show what a deploy would change or refuse; also as a comment, .build/plan-<stage>.md
	$(TOOLS) plan
destroy: $(READY) ## Destroy a stage, or its services SERVICE=a,b (never a protected one)
	$(TOOLS) destroy
sweep: $(READY) ## Destroy the ephemeral stages not deployed for OLDER=7d, after showing them (YES=1: not asking)
	$(TOOLS) sweep

##@ Release
compatibility: $(READY) ## Try this checkout beside the release before it (BASE=), as users would meet both: CLOUD=local
	$(TOOLS) compatibility
releases: $(READY) ## The releases of a stage, the live one marked, and what became of each (FORMAT=json)
	$(TOOLS) releases
preview: $(READY) ## What promoting would change; also as Markdown: make preview FROM=dev TO=prod
	$(TOOLS) preview
promote: $(READY) ## Deploy to TO the very release that FROM has proven: make promote FROM=dev TO=prod
	$(TOOLS) promote
rollback: $(READY) ## Give callers the release before, or TO=release, in seconds and without a build
	$(TOOLS) rollback

##@ Look
outputs: $(READY) ## Every name and address of a stage as one JSON object: make -s outputs ENV=local
	$(TOOLS) outputs
stages: $(READY) ## What is deployed in each account: stage, storage, age, last deploy, services (FORMAT=json)
	$(TOOLS) stages
smoke: $(READY) ## Send a real user through a deployed stage
	$(TOOLS) smoke
user: $(READY) ## Sign a new user up and in, as shell assignments for calls by hand (README)
	$(TOOLS) user
drift: $(READY) ## What somebody changed by hand in the deployed stages, or in ENV=
	$(TOOLS) drift
logs: $(READY) ## Follow the logs of a stage's functions, or of SERVICE=
	$(TOOLS) logs

##@ Develop
local: $(READY) ## chalice local for the APIs behind one port (PORT, 8000), with reload, on a stage's storage
	$(TOOLS) local
openapi: $(READY) ## Write the API description to openapi.json
	$(TOOLS) openapi
cloud-up: $(READY) ## Start the local cloud
	$(TOOLS) cloud-up
cloud-down: $(READY) ## Stop the local cloud; its state stays
	$(TOOLS) cloud-down

##@ Operate
account: $(READY) ## Build what a stage's account has once, as its administrator: zone, certificate, roles
	$(TOOLS) account
secret: $(READY) ## Set a secret, read without echo or from a pipe: make secret ENV=dev NAME=stripe-key
	$(TOOLS) secret
secrets: $(READY) ## A stage's secrets: set or missing, how old, what reads them; never a value
	$(TOOLS) secrets
flag: $(READY) ## Set for whom a feature flag is on, without a deploy: make flag ENV=dev NAME=search ON=25%
	$(TOOLS) flag
flags: $(READY) ## A stage's feature flags: for whom each is on, and its default (FORMAT=json)
	$(TOOLS) flags
pause: $(READY) ## Stop a service from being called, within seconds: make pause ENV=dev SERVICE=billing_api
	$(TOOLS) pause
resume: $(READY) ## Let a service be called again that was paused: make resume ENV=dev SERVICE=billing_api
	$(TOOLS) resume
redrive: $(READY) ## Show the dead letters (DRY=1: only), ask which, send them to the functions that failed on them
	$(TOOLS) redrive
unlock: $(READY) ## Remove the locks that a dead deploy left, after showing whose they are
	$(TOOLS) unlock

##@ In a pipeline (docs/pipelines.md)
credentials: $(READY) ## Let later steps of a job act as ROLES=dev-reader,prod-deployer, by its OIDC token
	$(TOOLS) credentials
describe: $(READY) ## Where a stage answers and what runs there, as .build/stage-<stage>.md
	$(TOOLS) describe
comment: $(READY) ## Write REPORT=plan-dev (.build/plan-dev.md) as a comment on PULL_REQUEST=
	$(TOOLS) comment
summary: $(READY) ## Show REPORT=drift (.build/drift.md) on the page of the run
	$(TOOLS) summary
announce: $(READY) ## Tell a stage's testers that RELEASE= is live, or MESSAGE=
	$(TOOLS) announce

##@ Check
bench: $(READY) ## How long deploys take beside doing all one after the other: make bench CLOUD=local (minutes)
	$(TOOLS) bench
test: $(READY) ## Everything that decides whether a change may land
	@$(BIN)/python -E -B -m tests.together "$(MAKE)" end-to-end terraform-test unit lint
lint: $(READY) ## Formatting, linting and strict typing
	$(COMPOSED) $(BIN)/ruff format --check .
	$(COMPOSED) $(BIN)/ruff check .
	$(COMPOSED) $(BIN)/python -m tests.typing $(SERVICES)
	$(COMPOSED) $(BIN)/actionlint -no-color
	$(COMPOSED) $(BIN)/zizmor --offline --persona=pedantic --no-progress --quiet .github
unit: $(READY) ## Unit tests, in seconds
	$(COMPOSED) $(BIN)/python -m tests.units $(UNIT)
terraform-test: $(READY) ## terraform fmt, validate and module tests
	$(TOOLS) terraform-test
end-to-end: $(READY) ## Tests on a local cloud of their own
	$(COMPOSED) $(BIN)/pytest -q tests/local_cloud tests/end_to_end
format: $(READY) ## Format Python and Terraform
	$(COMPOSED) $(BIN)/ruff format .
	$(COMPOSED) $(BIN)/ruff check --fix .
	$(COMPOSED) terraform fmt -recursive terraform
lock: ## Pin what the team's machines need, anew, from requirements-dev.in
	@$(PYTHON) -E -B -m tools.environments $(PYTHON) -m venv --clear .build/lock
	@.build/lock/bin/python -E -B -m tools.installing -r requirements-dev.in
	@.build/lock/bin/python -E -B -m tools.environments .build/lock/bin/pip freeze --all | grep -v "^pip==" > requirements-dev.txt

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements-dev.txt $(SERVICES:%=%/requirements.txt)
	@$(PYTHON) -E -c 'import sys; sys.exit(sys.version_info < tuple(map(int, sys.argv[1].split("."))))' $(LEAST_PYTHON) || \
	  { echo "Python $(LEAST_PYTHON) or newer is needed; $(PYTHON) is older or missing." >&2; \
	    echo "  Name another one: make PYTHON=/usr/bin/python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -E -B -m tools.environments terraform version -json 2>/dev/null | $(PYTHON) -E -c 'import json, sys; \
	  found, least = json.load(sys.stdin)["terraform_version"].split("-")[0], sys.argv[1]; \
	  sys.exit([int(n) for n in found.split(".")] < [int(n) for n in least.split(".")])' $(LEAST_TERRAFORM) 2>/dev/null || \
	  { echo "Terraform $(LEAST_TERRAFORM) or newer is needed; the terraform on the PATH is older or missing." >&2; \
	    echo "  Install it: developer.hashicorp.com/terraform" >&2; exit 1; }
	@echo "Installing what the project needs into $(VENV) ..." >&2
	@$(PYTHON) -E -B -m tools.environments $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -E -B -m tools.installing -r requirements-dev.txt
	@touch $(READY)

.PHONY: deploy plan destroy sweep outputs stages smoke user logs local openapi cloud-up cloud-down account \
  secret secrets flag flags pause resume redrive unlock compatibility releases preview promote rollback \
  drift credentials describe comment summary announce \
  bench test lint unit terraform-test end-to-end format lock help
