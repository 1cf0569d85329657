libcore_a_SOURCES += \
	src/correlate/agenda.c					\
	src/correlate/arrivals.c	src/correlate/arrivals.h \
	src/correlate/arrive.c		src/correlate/arrive.h	\
	src/correlate/captures.c				\
	src/correlate/chain.c					\
	src/correlate/content.c					\
	src/correlate/correlator.c	src/correlate/correlator.h \
	src/correlate/count.c		src/correlate/engine.h	\
	src/correlate/early.c		src/correlate/early.h	\
	src/correlate/fire.c					\
	src/correlate/found.c		src/correlate/found.h	\
	src/correlate/gap.c					\
	src/correlate/histogram.c				\
	src/correlate/keys.c					\
	src/correlate/lane.c					\
	src/correlate/measure.c		src/correlate/measure.h	\
	src/correlate/moments.c					\
	src/correlate/plan.c		src/correlate/plan.h	\
	src/correlate/pool.c		src/correlate/pool.h	\
	src/correlate/sequence.c	src/correlate/spill.h	\
	src/correlate/spilled.c					\
	src/correlate/state.c		src/correlate/state.h	\
	src/correlate/state_read.c				\
	src/correlate/table.c		src/correlate/table.h	\
	src/correlate/together.c	src/correlate/told.c	\
	src/correlate/values.c
