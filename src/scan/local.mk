# SPDX-License-Identifier: Apache-2.0
# scan: which lines can matter.
libcore_a_SOURCES += src/scan/prefilter.c src/scan/prefilter.h
libcore_a_SOURCES += src/scan/colours.c src/scan/colours.h
libcore_a_SOURCES += src/scan/cues.c src/scan/cues.h
libcore_a_SOURCES += src/scan/fragments.c src/scan/fragments.h
libcore_a_SOURCES += src/scan/hits.c src/scan/hits.h
libcore_a_SOURCES += src/scan/nibbles.c src/scan/nibbles.h
libcore_a_SOURCES += src/scan/phrase.c src/scan/phrase.h
libcore_a_SOURCES += src/scan/sample.c src/scan/sample.h
libcore_a_SOURCES += src/scan/pieces.c src/scan/pieces.h
libcore_a_SOURCES += src/scan/searcher.h
libcore_a_SOURCES += src/scan/teddy.c src/scan/teddy.h
if HAVE_VECTORSCAN
libcore_a_SOURCES += src/scan/searcher_vectorscan.c
else
libcore_a_SOURCES += src/scan/searcher_pcre2.c
endif
