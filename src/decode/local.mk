libcore_a_SOURCES += \
	src/decode/decoder.c	src/decode/decoder.h	\
	src/decode/hits.c	src/decode/message.c	\
	src/decode/resume.c	src/decode/state.h	\
	src/decode/format.c	\
	src/decode/lines.c	src/decode/lines.h	\
	src/decode/run.c	src/decode/run.h	\
	src/decode/reach.c	\
	src/decode/progress.c	src/decode/progress.h	\
	src/decode/tally.c	src/decode/tally.h	\
	src/decode/multiline.c	src/decode/multiline.h	\
	src/decode/linetime.c	src/decode/linetime.h	\
	src/decode/wrap.h	\
	src/decode/cri.c	src/decode/docker.c	\
	src/decode/kubectl.c	src/decode/plain.c	\
	src/decode/objects.c	src/decode/objects.h	\
	src/decode/sighting.c	src/decode/sighting.h	\
	src/decode/documents.c	src/decode/documents.h	\
	src/decode/past.c	src/decode/past.h	\
	src/decode/event.c	src/decode/event.h	\
	src/decode/pod.c	src/decode/pod.h
