# Measured by hand: make bench, bench-quick, bench-instructions. make check only tests that
# the bench works (tests/e2e/bench.test).
check_PROGRAMS += tests/bench/gen tests/bench/measure tests/bench/receiver
tests_bench_gen_CPPFLAGS = -include config.h
tests_bench_gen_LDADD =
tests_bench_gen_SOURCES = tests/bench/gen.c
tests_bench_measure_CPPFLAGS = -include config.h
tests_bench_measure_LDADD =
tests_bench_measure_SOURCES = tests/bench/measure.c
tests_bench_receiver_CPPFLAGS = -include config.h
tests_bench_receiver_LDADD =
tests_bench_receiver_SOURCES = tests/bench/receiver.c

BENCH_ENV = BUILDDIR='$(abs_top_builddir)' GUMSHOE_RULES='$(abs_top_srcdir)/rules'
bench_programs = gumshoe tests/bench/gen tests/bench/measure tests/sim/sockshop-sim

.PHONY: bench bench-quick bench-instructions
bench: $(bench_programs)
	$(BENCH_ENV) $(top_srcdir)/tests/bench/bench
bench-quick: $(bench_programs)
	$(BENCH_ENV) $(top_srcdir)/tests/bench/bench --quick
bench-instructions: $(bench_programs)
	$(BENCH_ENV) $(top_srcdir)/tests/bench/instructions

EXTRA_DIST += tests/bench/README.md tests/bench/RESULTS.md tests/bench/bench \
	tests/bench/drain tests/bench/install tests/bench/instructions tests/bench/instructions.txt tests/bench/latency \
	tests/bench/rules.py tests/bench/runner.py tests/bench/tools.py
