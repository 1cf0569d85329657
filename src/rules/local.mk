# SPDX-License-Identifier: Apache-2.0
# rules: rule text becomes programs.
libcore_a_SOURCES += src/rules/bound.c src/rules/bound.h
libcore_a_SOURCES += src/rules/byteset.c src/rules/byteset.h
libcore_a_SOURCES += src/rules/chain.c
libcore_a_SOURCES += src/rules/chain_plan.c src/rules/chain_plan.h
libcore_a_SOURCES += src/rules/condition.c src/rules/condition.h
libcore_a_SOURCES += src/rules/correlation.c src/rules/correlation.h
libcore_a_SOURCES += src/rules/detection.c src/rules/detection.h
libcore_a_SOURCES += src/rules/document.c src/rules/document.h
libcore_a_SOURCES += src/rules/fields.c src/rules/fields.h
libcore_a_SOURCES += src/rules/incident.c src/rules/incident.h
libcore_a_SOURCES += src/rules/literal.c src/rules/literal.h
libcore_a_SOURCES += src/rules/load.c src/rules/load.h
libcore_a_SOURCES += src/rules/loader.c src/rules/loader.h
libcore_a_SOURCES += src/rules/mark.c
libcore_a_SOURCES += src/rules/modifier.c src/rules/modifier.h
libcore_a_SOURCES += src/rules/mute.c
libcore_a_SOURCES += src/rules/outline.c src/rules/outline.h
libcore_a_SOURCES += src/rules/paths.c src/rules/paths.h
libcore_a_SOURCES += src/rules/regex.c src/rules/regex.h
libcore_a_SOURCES += src/rules/risk.c src/rules/risk.h
libcore_a_SOURCES += src/rules/ruleset.c src/rules/ruleset.h
libcore_a_SOURCES += src/rules/supply.c src/rules/supply.h
libcore_a_SOURCES += src/rules/testcase.c src/rules/testcase.h
libcore_a_SOURCES += src/rules/vocabulary.c src/rules/vocabulary.h
libcore_a_SOURCES += src/rules/wildcard.c src/rules/wildcard.h
libcore_a_SOURCES += src/rules/words.c src/rules/words.h
