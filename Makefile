# The work is in config/setup, this file only names it. `make help` explains.
PYTHON ?= python3
TARGETS := run test careless lint installation upstream upgrade i18n shell bench prepare stop clean help

export ARGS

.DEFAULT_GOAL := help
.PHONY: $(TARGETS)

$(TARGETS):
	@$(PYTHON) config/setup $@

# A bare Debian of its own (debootstrap, root): both commands tried there.
.PHONY: fresh
fresh:
	@SUITE=$(or $(SUITE),trixie) config/fresh.sh
