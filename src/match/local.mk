# SPDX-License-Identifier: Apache-2.0
# match: does a rule match; redaction.
libcore_a_SOURCES += src/match/card.c src/match/card.h
libcore_a_SOURCES += src/match/compare.c src/match/compare.h
libcore_a_SOURCES += src/match/eval.c src/match/eval.h
libcore_a_SOURCES += src/match/explain.c
libcore_a_SOURCES += src/match/finder.c src/match/finder.h
libcore_a_SOURCES += src/match/quarantine.c src/match/quarantine.h
libcore_a_SOURCES += src/match/redact.c src/match/redact.h
libcore_a_SOURCES += src/match/secret.c src/match/secret.h
libcore_a_SOURCES += src/match/telling.c src/match/telling.h
libcore_a_SOURCES += src/match/value.c src/match/value.h
libcore_a_SOURCES += src/match/walk.c src/match/walk.h
libcore_a_SOURCES += src/match/state.h
