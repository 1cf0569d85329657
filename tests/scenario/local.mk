# Properties of the whole flow.
EQUAL_SOURCES = tests/scenario/equal/equal.c tests/scenario/equal/corpus.c \
	tests/scenario/equal/judge.c tests/scenario/equal/line.c \
	tests/scenario/equal/model.h tests/scenario/equal/print.c \
	tests/scenario/equal/rule.c tests/scenario/equal/smith.h \
	tests/scenario/equal/shrink.c tests/scenario/equal/value.c \
	tests/scenario/equal/world.c \
	tests/scenario/equal/wrap.c tests/tap.h
SCENARIO_TESTS = tests/scenario/equal/equal tests/scenario/equal/equal_engine \
	tests/scenario/equal/equal_pcre2
check_PROGRAMS += $(SCENARIO_TESTS)
TESTS += $(SCENARIO_TESTS)
tests_scenario_equal_equal_SOURCES = $(EQUAL_SOURCES)
# The same with the engine for large sets of rules, and with the other one, whose objects
# the linker takes before the archive's.
tests_scenario_equal_equal_engine_SOURCES = $(EQUAL_SOURCES) tests/unit/scan/no_teddy.c
tests_scenario_equal_equal_pcre2_SOURCES = $(EQUAL_SOURCES) tests/unit/scan/no_teddy.c \
	src/scan/searcher_pcre2.c
