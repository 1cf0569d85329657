libcore_a_SOURCES += \
	src/input/reader.c	src/input/reader.h	\
	src/input/tree.c	src/input/tree.h	\
	src/input/labels.c	src/input/labels.h	\
	src/input/fingerprint.c	src/input/fingerprint.h	\
	src/input/rotation.c	src/input/rotation.h	\
	src/input/part.c	src/input/part.h	\
	src/input/trail.c	src/input/trail.h	\
	src/input/lineup.c	src/input/lineup.h	\
	src/input/candidate.c	src/input/candidate.h	\
	src/input/late.c	src/input/late.h	\
	src/input/newcomer.c	src/input/newcomer.h	\
	src/input/lookout.c	src/input/lookout.h	\
	src/input/checkpoint.c	src/input/checkpoint.h	\
	src/input/glob.c	src/input/glob.h	\
	src/input/watch.c	src/input/watch.h	\
	src/input/catalog.c	src/input/catalog.h	\
	src/input/tail.c	src/input/tail.h
