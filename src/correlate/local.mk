libcore_a_SOURCES += \
	src/correlate/agenda.c					\
	src/correlate/arrive.c		src/correlate/arrive.h	\
	src/correlate/chain.c					\
	src/correlate/correlator.c	src/correlate/correlator.h \
	src/correlate/count.c		src/correlate/engine.h	\
	src/correlate/fire.c					\
	src/correlate/key.c					\
	src/correlate/measure.c					\
	src/correlate/moments.c		src/correlate/told.c	\
	src/correlate/together.c
