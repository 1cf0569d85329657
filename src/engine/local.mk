libcore_a_SOURCES += \
	src/engine/checkpoint.c	src/engine/checkpoint.h	\
	src/engine/engine.c	src/engine/engine.h	\
	src/engine/engine_state.h	\
	src/engine/gaps.c	src/engine/gaps.h	\
	src/engine/journal.c	src/engine/journal.h	\
	src/engine/replay.c	\
	src/engine/settle.c	src/engine/settle.h	\
	src/engine/spillfile.c	src/engine/spillfile.h	\
	src/engine/volume.c	src/engine/volume.h	\
	src/engine/watermark.c	src/engine/watermark.h
