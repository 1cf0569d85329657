dist_check_SCRIPTS += tests/lint/lint.test
EXTRA_DIST += tests/lint/check-commits tests/lint/check-layers tests/lint/check-size \
	tests/lint/check-one-way tests/lint/layers

# Every header must compile on its own.
.PHONY: check-headers format
check-headers:
	@cd $(srcdir)/src && for h in */*.h; do printf '#include "%s"\nextern int unused;\n' $$h | \
	  $(CC) -I$(abs_top_builddir) -include config.h -I. $(DEPS_CFLAGS) $(CURL_CFLAGS) $(MICROHTTPD_CFLAGS) $(WARN_CFLAGS) \
	    -fsyntax-only -x c - || exit 1; done

format:
	cd $(srcdir) && git ls-files '*.[ch]' | xargs clang-format -i
