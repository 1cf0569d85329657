libcore_a_SOURCES += \
	src/input/reader.c	src/input/reader.h	\
	src/input/tree.c	src/input/tree.h	\
	src/input/labels.c	src/input/labels.h
