# SPDX-License-Identifier: Apache-2.0
# conf: gumshoe.yaml becomes plain data.
libcore_a_SOURCES += src/conf/change.c
libcore_a_SOURCES += src/conf/copy.c
libcore_a_SOURCES += src/conf/describe.c src/conf/describe.h
libcore_a_SOURCES += src/conf/load.c src/conf/settings.h
libcore_a_SOURCES += src/conf/mask.c src/conf/mask.h
libcore_a_SOURCES += src/conf/output.c
libcore_a_SOURCES += src/conf/sample.c
libcore_a_SOURCES += src/conf/schema.c src/conf/schema.h
libcore_a_SOURCES += src/conf/schema_output.c
libcore_a_SOURCES += src/conf/value.c src/conf/reader.h
