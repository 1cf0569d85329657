# Everything but main() is a convenience archive, so that a test links exactly
# what the program links.
noinst_LIBRARIES += libcore.a
libcore_a_SOURCES =
include src/base/local.mk
include src/record/local.mk
include src/rules/local.mk
include src/store/local.mk
include src/conf/local.mk
include src/input/local.mk
include src/scan/local.mk
include src/decode/local.mk
include src/match/local.mk
include src/correlate/local.mk
include src/incident/local.mk
include src/output/local.mk
include src/worker/local.mk
include src/engine/local.mk
include src/pipeline/local.mk
include src/reconcile/local.mk
include src/web/local.mk
include src/cli/local.mk

bin_PROGRAMS += gumshoe
gumshoe_SOURCES = src/main.c

# Writes the manual: see doc/local.mk.
noinst_PROGRAMS += src/manual
src_manual_SOURCES = src/manual.c
