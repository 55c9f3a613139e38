# SPDX-License-Identifier: GPL-2.0-only
# The models of the channel, checked by spin; tests/model/README.md.

CHECK_PROGS += tests/model/check-labels.sh tests/model/check-model.sh

.PHONY: check-model
check-model: ## models of the channel; FULL=1: the large instances too, minutes and up to 6 GB
	$(Q)tests/model/check-labels.sh
	$(Q)FULL=$(FULL) tests/model/check-model.sh
