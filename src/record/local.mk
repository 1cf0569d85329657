libcore_a_SOURCES += \
	src/record/source.c	src/record/source.h	\
	src/record/workload.c	src/record/workload.h	\
	src/record/workloads.c	src/record/workloads.h	\
	src/record/record.c	src/record/record.h	\
	src/record/match.c	src/record/match.h	\
	src/record/value_rows.h	\
	src/record/volume.c	src/record/volume.h	\
	src/record/hit.h		\
	src/record/outcome.h
