# SPDX-License-Identifier: Apache-2.0
# scan: which lines can matter.
libcore_a_SOURCES += src/scan/prefilter.h
libcore_a_SOURCES += src/scan/hits.c src/scan/hits.h
libcore_a_SOURCES += src/scan/words.c src/scan/words.h
if HAVE_VECTORSCAN
libcore_a_SOURCES += src/scan/prefilter.c
else
libcore_a_SOURCES += src/scan/prefilter_pcre2.c
endif
