LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_LOG_DRIVER = $(LOG_DRIVER)
TEST_EXTENSIONS = .test
AM_TESTS_ENVIRONMENT = GUMSHOE='$(abs_top_builddir)/gumshoe'; \
	BUILDDIR='$(abs_top_builddir)'; TESTDIR='$(abs_top_srcdir)/tests'; \
	GUMSHOE_RULES='$(abs_top_srcdir)/rules'; \
	ASAN_OPTIONS=detect_leaks=1; TSAN_OPTIONS=halt_on_error=1; \
	export GUMSHOE BUILDDIR TESTDIR GUMSHOE_RULES ASAN_OPTIONS TSAN_OPTIONS;

EXTRA_DIST += tests/tap.h tests/storefile.py

# In the order in which they run: what takes long and waits first, the short ones fill in.
# What judges texts, scripts and the doubles runs once: a sanitizer would see nothing there.
ONCE = tests/e2e/bench.test tests/e2e/manual.test tests/e2e/outputs-doc.test \
	tests/e2e/double.test tests/e2e/sim.test tests/lint/lint.test
if !SANITIZED
TESTS += $(ONCE)
endif
.PHONY: once
once:
	@echo $(ONCE)

include tests/sim/local.mk
include tests/torture/local.mk
include tests/e2e/local.mk
include tests/bench/local.mk
include tests/unit/local.mk
include tests/scenario/local.mk
include tests/hazards/local.mk
include tests/fuzz/local.mk

# Where threads meet, for a build with --enable-sanitizers=thread: workers and the merge, the
# engine and its couriers, the web, a reload.
THREADS_UNIT = tests/unit/base/test_queue tests/unit/base/test_thread tests/unit/pipeline/test_outputs
THREADS_TESTED = tests/e2e/send.test tests/e2e/run.test tests/e2e/seed.test $(THREADS_UNIT)

.PHONY: check-threads
check-threads: all $(THREADS_UNIT) tests/sim/sockshop-sim
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(THREADS_TESTED)'
