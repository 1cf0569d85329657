# SPDX-License-Identifier: Apache-2.0
# base: knows nothing of logs.
libcore_a_SOURCES += src/base/arena.c src/base/arena.h
libcore_a_SOURCES += src/base/buf.c src/base/buf.h
libcore_a_SOURCES += src/base/bytes.c src/base/bytes.h
libcore_a_SOURCES += src/base/clock.c src/base/clock.h
libcore_a_SOURCES += src/base/compiler.h
libcore_a_SOURCES += src/base/diag.c src/base/diag.h
libcore_a_SOURCES += src/base/file.c src/base/file.h
libcore_a_SOURCES += src/base/hash.c src/base/hash.h
libcore_a_SOURCES += src/base/heap.c src/base/heap.h
libcore_a_SOURCES += src/base/http.c src/base/http.h
libcore_a_SOURCES += src/base/journald.c src/base/journald.h
libcore_a_SOURCES += src/base/json.c src/base/json.h
libcore_a_SOURCES += src/base/json_mend.c src/base/json_mend.h
libcore_a_SOURCES += src/base/json_write.c
libcore_a_SOURCES += src/base/keyfile.c src/base/keyfile.h
libcore_a_SOURCES += src/base/log.c src/base/log.h
libcore_a_SOURCES += src/base/map.c src/base/map.h
libcore_a_SOURCES += src/base/notify.c src/base/notify.h
libcore_a_SOURCES += src/base/queue.c src/base/queue.h
libcore_a_SOURCES += src/base/str.c src/base/str.h
libcore_a_SOURCES += src/base/time.c src/base/time.h src/base/time_span.c
libcore_a_SOURCES += src/base/tzif.c src/base/tzif.h
libcore_a_SOURCES += src/base/vec.c src/base/vec.h
libcore_a_SOURCES += src/base/yaml.c src/base/yaml.h
libcore_a_SOURCES += src/base/yaml_plain.c src/base/yaml_plain.h
